// Everything that the registry client is told from outside: settings per registry, the process environment, folders,
// limits, the clock. Plain values, filled by cli/assemble.cpp; nothing in this folder reads a global.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "resolver/registry/http.hpp"
#include "resolver/registry/retry.hpp"

namespace lock::registry {

// `[registry."docker.io"] mirrors = [{ host = "mirror.example.com/hub", … }]`. A mirror serves digests; what a tag is
// it says only with `resolve`, and its 404 proves absence only with `authoritative`.
struct MirrorSettings {
  std::string host;    // host[:port], an entry of its own in `registries` may say how to reach it
  std::string prefix;  // path in front of the repository, without slashes at the ends; may be empty
  bool resolve = false;
  bool authoritative = false;
};

struct RegistrySettings {
  // Absent: plain HTTP for a loopback host without certificate settings, HTTPS for all others. Never tried and changed.
  std::optional<bool> plain_http;
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  std::filesystem::path layout;  // an OCI image layout that stands in for the registry
  std::string layout_name;       // what messages call it; empty: its path
  std::vector<MirrorSettings> mirrors;
  std::string realm_host;          // when set, tokens are asked of this host only
  int connections = 8;             // HTTP/1.1
  int streams = 100;               // HTTP/2, on one connection
  double requests_per_second = 0;  // 0: no limit
};

using ProcessEnvironment = std::map<std::string, std::string>;

struct RegistryConfiguration {
  std::map<std::string, RegistrySettings> registries;  // by canonical registry name: "docker.io", "localhost:5000"
  ProcessEnvironment environment;                      // HOME, DOCKER_CONFIG, HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE, …
  std::uint32_t user_id = 0;
  std::filesystem::path cache;       // empty: no cache
  std::chrono::seconds tag_life{0};  // how long a tag's answer of an earlier run may be used; 0: never
  bool offline = false;              // no socket: layouts, archives and the cache only
  std::vector<std::filesystem::path> system_certificate_folders{"/etc/containers/certs.d", "/etc/docker/certs.d"};
  std::string version = "0";  // of the program, for the user agent
  HttpLimits http;
  RetryLimits retry;
  std::chrono::milliseconds request_deadline{30'000};
  std::chrono::milliseconds helper_deadline{20'000};
  std::chrono::seconds tokens_renewed_early{5};
  std::size_t questions_at_once = 1024;
  std::uint64_t upload_chunk = std::uint64_t{16} << 20;  // so much of a blob is sent again at most after a failure
  std::function<std::int64_t()> now;                     // seconds since 1970, UTC; must be set
};

// The settings of a registry, or the defaults.
[[nodiscard]] const RegistrySettings& settings_of(const RegistryConfiguration& configuration,
                                                  const std::string& registry);

[[nodiscard]] std::string variable(const ProcessEnvironment& environment, const std::string& name);

// Where a registry's API is: https://registry-1.docker.io for docker.io, http only where configured or for loopback.
[[nodiscard]] Result<Url> base_url_of(const RegistryConfiguration& configuration, const std::string& registry);

// The proxy for a URL, from https_proxy, HTTPS_PROXY, http_proxy, all_proxy, ALL_PROXY and no_proxy, NO_PROXY (names,
// domains with or without a leading dot, addresses, CIDR networks, "*", each with an optional port). Loopback hosts
// never go through a proxy. Empty: none.
[[nodiscard]] std::string proxy_for(const ProcessEnvironment& environment, const Url& url);

// Certificate files for a host: images.toml, SSL_CERT_FILE, and certs.d/HOST[:PORT]/{*.crt,*.cert,*.key} of
// ~/.config/containers and the system (containers/image: docs/containers-certs.d.5.md).
[[nodiscard]] Result<std::shared_ptr<const TlsSettings>> tls_settings_of(const RegistryConfiguration& configuration,
                                                                         const std::string& registry);

}  // namespace lock::registry
