#include "lockfile/policy/one_spelling.hpp"

#include "resolver/base/text.hpp"

namespace lock::policy {
namespace {

// Without the port that HTTPS has anyway. A host of one word stays: without its port it would be a name on Docker Hub.
std::string_view without_default_port(std::string_view registry) {
  const std::size_t colon = registry.rfind(':');
  if (colon == registry.npos || base::parse_decimal(registry.substr(colon + 1)) != 443) return registry;
  const std::string_view host = registry.substr(0, colon);
  return host.find('.') == host.npos && !host.ends_with(']') ? registry : host;
}

}  // namespace

image::Repository one_spelling(const image::Repository& repository) {
  std::string_view host = without_default_port(repository.registry);
  if (host == "registry.hub.docker.com") host = "docker.io";
  if (host == repository.registry) return repository;
  const auto again = image::Reference::parse(std::string(host) + "/" + repository.path);
  return again ? again->repository() : repository;
}

}  // namespace lock::policy
