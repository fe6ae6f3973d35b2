#include "cli/assemble.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "cli/progress.hpp"
#include "lockfile/ops/mirror.hpp"
#include "lockfile/ops/workspace.hpp"
#include "resolver/base/file.hpp"
#include "resolver/base/text.hpp"
#include "resolver/registry/client.hpp"
#include "resolver/trust/examiner.hpp"
#include "resolver/trust/sigstore/public_good.hpp"

extern char** environ;

namespace lock::cli {
namespace {

namespace fs = std::filesystem;

registry::ProcessEnvironment read_environment() {
  registry::ProcessEnvironment out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != text.npos) out.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

// $LOCK_CACHE, else the XDG cache folder. Without a home there is no cache.
fs::path cache_folder(const registry::ProcessEnvironment& environment) {
  if (const auto own = registry::variable(environment, "LOCK_CACHE"); !own.empty()) return own;
  if (const auto xdg = registry::variable(environment, "XDG_CACHE_HOME"); !xdg.empty()) return fs::path(xdg) / "lock";
  const auto home = registry::variable(environment, "HOME");
  return home.empty() ? fs::path() : fs::path(home) / ".cache" / "lock";
}

fs::path in_root(const fs::path& root, const std::string& path) {
  return path.empty() ? fs::path() : (root / path).lexically_normal();
}

registry::RegistrySettings to_registry(const settings::Registry& from, const fs::path& root) {
  registry::RegistrySettings to;
  to.plain_http = from.plain_http;
  to.ca_file = in_root(root, from.ca).string();
  to.certificate_file = in_root(root, from.client_certificate).string();
  to.key_file = in_root(root, from.client_key).string();
  to.layout = in_root(root, from.layout);
  to.layout_name = from.layout;
  to.realm_host = from.realm_host;
  to.connections = from.connections.value_or(to.connections);
  to.streams = from.streams.value_or(to.streams);
  to.requests_per_second = from.requests_per_second.value_or(0);
  for (const auto& mirror : from.mirrors) {
    to.mirrors.push_back({mirror.host, mirror.prefix, mirror.resolve, mirror.authoritative});
  }
  return to;
}

std::string account_of(const registry::Statistics& statistics) {
  std::string out;
  for (const auto& [host, one] : statistics.hosts) {
    out += host + (one.http2 ? " (HTTP/2):" : ":");
    for (const auto& [what, count] : one.requests) {
      out += " " + std::to_string(count) + " " + what.second + " " + std::string(name_of(what.first));
    }
    if (one.retries != 0) out += ", " + base::count_of(one.retries, "retry", "retries");
    if (!one.quota_last.empty()) {
      out += ", quota left " + one.quota_last + (one.quota_limit.empty() ? "" : " of " + one.quota_limit) +
             (one.quota_first == one.quota_last ? "" : " (was " + one.quota_first + ")");
    }
    out += "\n";
  }
  out += base::count_of(statistics.connections, "connection") + ", " + base::count_of(statistics.tokens, "token") +
         ", " + base::count_of(statistics.cache_hits, "answer") + " from the cache\n";
  for (const auto* lines : {&statistics.credentials, &statistics.realms, &statistics.notes}) {
    for (const std::string& line : *lines) out += line + "\n";
  }
  return out;
}

std::function<void(std::string_view)> drawing_over(const Session& session) {
  return [&session](std::string_view line) { session.streams.err("\r\x1b[K" + std::string(line)); };
}

registry::RegistryConfiguration configure(const ops::Workspace& workspace, const Session& session) {
  registry::RegistryConfiguration out;
  out.environment = read_environment();
  out.user_id = geteuid();
  out.cache = cache_folder(out.environment);
  out.version = LOCK_VERSION;
  out.now = [] {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(since).count();
  };
  out.offline = session.offline;
  out.request_deadline = session.request_deadline.value_or(out.request_deadline);
  out.http.run_deadline = session.deadline;
  for (const auto& [name, settings] : workspace.registries) {
    const auto entry = out.registries.emplace(name, to_registry(settings, workspace.root)).first;
    out.http.connections_per_host = std::max<long>(out.http.connections_per_host, entry->second.connections);
  }
  return out;
}

constexpr std::size_t kMostRoot = std::size_t{4} << 20;

Result<trust::Anchors> read_anchors(const ops::Workspace& workspace) {
  std::vector<trust::RootText> roots;
  for (const auto& [name, root] : workspace.trusted_roots) {
    auto json = base::read_file(workspace.root / root.file, kMostRoot);
    if (!json) return fail_at(ErrorKind::configuration, root.place, base::describe(json.error()));
    roots.push_back({name, root.file, std::move(*json)});
  }
  auto anchors = trust::make_anchors(roots, workspace.signer_keys);
  if (anchors) return anchors;
  Error error = anchors.error();
  error.kind = ErrorKind::configuration;  // whatever it is, it is a file that images.toml names
  return std::unexpected(std::move(error));
}

std::vector<image::SignerPattern> wanted_signers(const ops::Workspace& workspace) {
  std::vector<image::SignerPattern> wanted;
  for (const ops::Scope& scope : workspace.scopes) {
    for (const auto& [name, pattern] : scope.policy.signers()) wanted.push_back(pattern);
  }
  return wanted;
}

}  // namespace

Session assemble() {
  Session session;
  session.now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  struct Opened {
    std::unique_ptr<image::Registry> registry;
    const registry::Client* client = nullptr;  // inside of `registry`
    std::unique_ptr<image::Copier> copier;     // reads from the client
    std::unique_ptr<trust::Examiner> examiner;
  };
  auto opened = std::make_shared<Opened>();
  const auto open_registry = [opened](const ops::Workspace& workspace, const Session& now) -> Result<image::Registry*> {
    if (opened->registry) return opened->registry.get();
    auto client = std::make_unique<registry::Client>(configure(workspace, now));
    opened->client = client.get();
    opened->registry = std::move(client);
    if (now.streams.err_is_terminal && !now.global.quiet) {
      opened->registry = with_progress(std::move(opened->registry), drawing_over(now));
    }
    return opened->registry.get();
  };
  session.open_copier = [opened](const ops::Workspace& workspace, const Session& now,
                                 const ops::MirrorDestination& to) -> Result<image::Copier*> {
    auto client = std::make_unique<registry::Client>(configure(workspace, now));
    image::CopyWatch watch;
    if (now.streams.err_is_terminal && !now.global.quiet) watch = show_copying(drawing_over(now));
    auto copier = to.folder.empty() ? client->copy_to_registry(to.host, to.prefix, std::move(watch))
                                    : client->copy_to_layout(to.folder, std::move(watch));
    opened->client = client.get();
    opened->registry = std::move(client);
    if (!copier) return std::unexpected(copier.error());
    opened->copier = std::move(*copier);
    return opened->copier.get();
  };
  session.open_registry = open_registry;
  session.open_verifier = [opened, open_registry](const ops::Workspace& workspace,
                                                  const Session& now) -> Result<image::SignatureVerifier*> {
    auto registry = open_registry(workspace, now);
    if (!registry) return std::unexpected(registry.error());
    auto anchors = read_anchors(workspace);
    if (!anchors) return std::unexpected(anchors.error());
    const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
    opened->examiner = std::make_unique<trust::Examiner>(**registry, std::move(*anchors), wanted_signers(workspace),
                                                         threads, trust::sigstore::public_good_note(now.now));
    return opened->examiner.get();
  };
  session.registry_account = [opened] {
    return opened->client == nullptr ? std::string() : account_of(opened->client->statistics());
  };
  return session;
}

}  // namespace lock::cli
