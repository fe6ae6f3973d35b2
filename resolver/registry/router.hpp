// Who is asked about a reference, in which order: the layout that stands in for its registry; else the cache, the
// mirrors with their rights, the registry itself. Internal to client.cpp.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "resolver/registry/cache.hpp"
#include "resolver/registry/client.hpp"
#include "resolver/registry/layout.hpp"
#include "resolver/registry/remote.hpp"

namespace lock::registry {

class Client::Router {
 public:
  explicit Router(const RegistryConfiguration& configuration);

  [[nodiscard]] Task<Result<image::Resolution>> resolve(image::Reference reference);
  [[nodiscard]] Task<Result<image::ManifestContent>> manifest(image::Reference reference);
  [[nodiscard]] Task<Result<image::VerifiedBytes>> blob(image::Reference reference, std::size_t most);
  // A blob of any size into a file; not kept in the cache.
  [[nodiscard]] Task<Result<bool>> blob_to(image::Reference reference, std::uint64_t size, Spool& spool);
  [[nodiscard]] Task<Result<image::Presence>> presence(image::Reference reference);
  [[nodiscard]] Task<Result<image::Referrers>> referrers(image::Reference subject);

  // A registry that copies go to: tokens there are asked for with the right to push.
  [[nodiscard]] Result<std::unique_ptr<Remote>> make_destination(const std::string& host);

  [[nodiscard]] const Cache& cache() const { return cache_; }
  [[nodiscard]] HttpLoop& loop() { return loop_; }
  [[nodiscard]] const RegistryConfiguration& configuration() const { return *configuration_; }
  [[nodiscard]] Statistics statistics() const;

 private:
  struct Mirror {
    MirrorSettings settings;
    std::unique_ptr<Remote> remote;
  };
  struct Route {
    std::unique_ptr<Layout> layout;
    std::vector<Mirror> mirrors;
    std::unique_ptr<Remote> origin;
  };
  [[nodiscard]] Result<Route*> route_to(const std::string& registry);
  [[nodiscard]] Result<std::unique_ptr<Route>> make_route(const std::string& registry);
  [[nodiscard]] Result<std::unique_ptr<Remote>> make_remote(const std::string& host, std::string prefix, std::string ns,
                                                            std::string actions = "pull");
  [[nodiscard]] Task<bool> exists_at_mirror(Route& route, image::Reference reference);
  void note(std::string text);

  const RegistryConfiguration* configuration_;
  Statistics statistics_;
  HttpLoop loop_;
  Exchange exchange_;
  Tokens tokens_;
  Credentials credentials_;
  Cache cache_;
  std::map<std::string, Result<std::unique_ptr<Route>>> routes_;
};

}  // namespace lock::registry
