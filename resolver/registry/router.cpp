#include "resolver/registry/router.hpp"

#include "resolver/base/text.hpp"

namespace lock::registry {
namespace {

using image::Presence;
using image::Reference;
using image::VerifiedBytes;

bool is_absent(const Error& error) { return error.kind == ErrorKind::absent; }

}  // namespace

Client::Router::Router(const RegistryConfiguration& configuration)
    : configuration_(&configuration),
      loop_("lock/" + configuration.version, configuration.http),
      exchange_(loop_, configuration, statistics_),
      tokens_(exchange_, configuration.tokens_renewed_early),
      credentials_(loop_, configuration, statistics_),
      cache_(configuration.cache) {}

Statistics Client::Router::statistics() const {
  Statistics result = statistics_;
  result.connections = loop_.counts().connections;
  result.bytes = loop_.counts().bytes;
  return result;
}

void Client::Router::note(std::string text) { statistics_.notes.insert(std::move(text)); }

Result<std::unique_ptr<Remote>> Client::Router::make_remote(const std::string& host, std::string prefix, std::string ns,
                                                            std::string actions) {
  auto base = base_url_of(*configuration_, host);
  if (!base) return std::unexpected(base.error());
  auto tls = tls_settings_of(*configuration_, host);
  if (!tls) return std::unexpected(tls.error());
  const RegistrySettings& settings = settings_of(*configuration_, host);
  RemoteSettings remote;
  remote.session.registry = host;
  remote.session.base = std::move(*base);
  remote.session.realm_host = settings.realm_host;
  remote.session.connections = settings.connections;
  remote.session.streams = settings.streams;
  remote.session.requests_per_second = settings.requests_per_second;
  remote.session.tls = std::move(*tls);
  remote.session.remembered = cache_.find_challenge(host);
  remote.session.remember = [this, host](const Challenge& challenge) { cache_.keep_challenge(host, challenge); };
  remote.prefix = std::move(prefix);
  remote.ns = std::move(ns);
  remote.actions = std::move(actions);
  remote.request_deadline = configuration_->request_deadline;
  remote.cache = &cache_;
  return std::make_unique<Remote>(exchange_, tokens_, credentials_, std::move(remote));
}

Result<std::unique_ptr<Remote>> Client::Router::make_destination(const std::string& host) {
  return make_remote(host, {}, {}, "pull,push");
}

Result<std::unique_ptr<Client::Router::Route>> Client::Router::make_route(const std::string& registry) {
  const RegistrySettings& settings = settings_of(*configuration_, registry);
  auto route = std::make_unique<Route>();
  if (!settings.layout.empty()) {
    const std::string name = settings.layout_name.empty() ? settings.layout.string() : settings.layout_name;
    auto layout = Layout::open(settings.layout, name);
    if (!layout) return std::unexpected(layout.error());
    route->layout = std::make_unique<Layout>(std::move(*layout));
    note("the image layout " + name + " stands in for " + registry);
    return route;
  }
  for (const MirrorSettings& mirror : settings.mirrors) {
    // A mirror's credentials are its own host's; the registry's never go there.
    auto remote = make_remote(mirror.host, mirror.prefix, registry);
    if (!remote) return std::unexpected(remote.error());
    route->mirrors.push_back({mirror, std::move(*remote)});
  }
  auto origin = make_remote(registry, {}, {});
  if (!origin) return std::unexpected(origin.error());
  route->origin = std::move(*origin);
  return route;
}

Result<Client::Router::Route*> Client::Router::route_to(const std::string& registry) {
  auto found = routes_.find(registry);
  if (found == routes_.end()) found = routes_.emplace(registry, make_route(registry)).first;
  if (!found->second) return std::unexpected(found->second.error());
  return found->second->get();
}

Task<Result<image::Resolution>> Client::Router::resolve(Reference reference) {
  if (reference.digest()) reference = reference.without_digest();
  auto route = route_to(reference.repository().registry);
  if (!route) co_return std::unexpected(route.error());
  if ((*route)->layout) co_return (*route)->layout->resolve(reference);
  const std::int64_t now = configuration_->now();
  if (auto known = cache_.find_tag(reference, now, configuration_->tag_life.count())) {
    ++statistics_.cache_hits;
    co_return std::move(*known);
  }
  std::optional<Result<image::Resolution>> answer;
  for (Mirror& mirror : (*route)->mirrors) {
    if (!mirror.settings.resolve) continue;
    Result<image::Resolution> at_mirror = co_await mirror.remote->resolve(reference);
    if (at_mirror || (mirror.settings.authoritative && is_absent(at_mirror.error()))) {
      answer.emplace(std::move(at_mirror));
      break;
    }
  }
  if (!answer) {
    Result<image::Resolution> at_origin = co_await (*route)->origin->resolve(reference);
    answer.emplace(std::move(at_origin));
  }
  if (*answer) {
    if ((*answer)->content) cache_.keep(*(*answer)->content);
    const bool by_get = (*answer)->content.has_value();  // the next run may ask whether it is still that
    if (by_get || configuration_->tag_life.count() > 0) cache_.keep_tag(reference, **answer, now);
  }
  co_return std::move(*answer);
}

Task<Result<image::ManifestContent>> Client::Router::manifest(Reference reference) {
  auto route = route_to(reference.repository().registry);
  if (!route) co_return std::unexpected(route.error());
  if ((*route)->layout) co_return (*route)->layout->manifest(reference);
  if (auto known = cache_.find(*reference.digest(), most_manifest)) {
    ++statistics_.cache_hits;
    co_return image::ManifestContent{std::move(*known), {}};
  }
  for (Mirror& mirror : (*route)->mirrors) {
    Result<image::ManifestContent> content = co_await mirror.remote->manifest(reference);
    if (content) {
      cache_.keep(content->bytes);
      co_return content;
    }
    if (content.error().kind == ErrorKind::mismatch) note("a mirror serves wrong bytes: " + describe(content.error()));
  }
  Result<image::ManifestContent> content = co_await (*route)->origin->manifest(reference);
  if (content) cache_.keep(content->bytes);
  co_return content;
}

Task<Result<VerifiedBytes>> Client::Router::blob(Reference reference, std::size_t most) {
  auto route = route_to(reference.repository().registry);
  if (!route) co_return std::unexpected(route.error());
  if ((*route)->layout) co_return (*route)->layout->blob(reference, most);
  if (auto known = cache_.find(*reference.digest(), most)) {
    ++statistics_.cache_hits;
    co_return std::move(*known);
  }
  for (Mirror& mirror : (*route)->mirrors) {
    Result<VerifiedBytes> bytes = co_await mirror.remote->blob(reference, most);
    if (bytes) {
      cache_.keep(*bytes);
      co_return bytes;
    }
    if (bytes.error().kind == ErrorKind::mismatch) note("a mirror serves wrong bytes: " + describe(bytes.error()));
  }
  Result<VerifiedBytes> bytes = co_await (*route)->origin->blob(reference, most);
  if (bytes) cache_.keep(*bytes);
  co_return bytes;
}

Task<Result<bool>> Client::Router::blob_to(Reference reference, std::uint64_t size, Spool& spool) {
  auto route = route_to(reference.repository().registry);
  if (!route) co_return std::unexpected(route.error());
  if ((*route)->layout) co_return (*route)->layout->blob_to(reference, size, spool);
  for (Mirror& mirror : (*route)->mirrors) {
    Result<bool> copied = co_await mirror.remote->blob_to(reference, size, spool);
    if (copied || copied.error().kind == ErrorKind::io) co_return copied;
    if (copied.error().kind == ErrorKind::mismatch) note("a mirror serves wrong bytes: " + describe(copied.error()));
  }
  Result<bool> copied = co_await (*route)->origin->blob_to(reference, size, spool);
  co_return copied;
}

Task<bool> Client::Router::exists_at_mirror(Route& route, Reference reference) {
  for (Mirror& mirror : route.mirrors) {
    Result<bool> there = co_await mirror.remote->exists(reference);
    if (there) co_return true;
  }
  co_return false;
}

Task<Result<Presence>> Client::Router::presence(Reference reference) {
  auto route = route_to(reference.repository().registry);
  if (!route) co_return std::unexpected(route.error());
  if ((*route)->layout) {
    auto there = (*route)->layout->exists(reference);
    if (there) co_return Presence::present;
    if (is_absent(there.error())) co_return Presence::gone;
    co_return std::unexpected(there.error());
  }
  for (Mirror& mirror : (*route)->mirrors) {
    if (!mirror.settings.authoritative) continue;
    Result<bool> there = co_await mirror.remote->exists(reference);
    if (there) co_return Presence::present;
    if (is_absent(there.error())) co_return Presence::gone;
  }
  Result<bool> there = co_await (*route)->origin->exists(reference);
  if (there) co_return Presence::present;
  // A registry that is switched off for good says nothing; a mirror then answers for the digest, and it is told apart.
  const ErrorKind kind = there.error().kind;
  if (kind != ErrorKind::absent && kind != ErrorKind::unreachable) co_return std::unexpected(there.error());
  const bool at_mirror = co_await exists_at_mirror(**route, reference);
  if (kind == ErrorKind::absent) co_return at_mirror ? Presence::only_at_mirror : Presence::gone;
  if (at_mirror) co_return Presence::origin_silent;
  co_return std::unexpected(there.error());
}

Task<Result<image::Referrers>> Client::Router::referrers(Reference subject) {
  auto route = route_to(subject.repository().registry);
  if (!route) co_return std::unexpected(route.error());
  if ((*route)->layout) co_return (*route)->layout->referrers(subject);
  for (Mirror& mirror : (*route)->mirrors) {
    if (!mirror.settings.authoritative) continue;
    Result<image::Referrers> found = co_await mirror.remote->referrers(subject);
    if (found && !found->unread) co_return found;
  }
  Result<image::Referrers> found = co_await (*route)->origin->referrers(subject);
  if (found) co_return found;
  const ErrorKind kind = found.error().kind;
  if (kind != ErrorKind::absent && kind != ErrorKind::unreachable) co_return found;
  for (Mirror& mirror : (*route)->mirrors) {
    // What a mirror has is found; that a mirror has nothing proves nothing.
    Result<image::Referrers> at_mirror = co_await mirror.remote->referrers(subject);
    if (at_mirror && !at_mirror->manifests.empty()) co_return at_mirror;
  }
  co_return found;
}

}  // namespace lock::registry
