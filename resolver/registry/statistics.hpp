// What was asked of whom: shown with -v, and compared with the counters of the scripted registry in the tests.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace lock::registry {

enum class RequestKind : std::uint8_t { manifest, blob, referrers, token, other };
[[nodiscard]] std::string_view name_of(RequestKind kind);

struct HostStatistics {
  std::map<std::pair<RequestKind, std::string>, std::uint64_t> requests;  // by kind and method
  std::uint64_t retries = 0;
  bool http2 = false;
  std::string quota_first;  // ratelimit-remaining of the first and the last answer that had it, as sent (harmless)
  std::string quota_last;
  std::string quota_limit;
};

struct Statistics {
  std::map<std::string, HostStatistics> hosts;  // by origin, "https://ghcr.io"
  std::uint64_t connections = 0;
  std::uint64_t bytes = 0;
  std::uint64_t tokens = 0;
  std::uint64_t cache_hits = 0;
  std::set<std::string> warnings;     // "ghcr.io says: …", each once, harmless
  std::set<std::string> credentials;  // "ghcr.io: ~/.docker/config.json, auths \"ghcr.io\"", never a secret
  std::set<std::string> realms;       // "docker.io: tokens from https://auth.docker.io"
  std::set<std::string> notes;        // what a person should know: a layout stands in, a HEAD is refused

  [[nodiscard]] std::uint64_t requests(RequestKind kind, std::string_view method) const;
  [[nodiscard]] std::uint64_t requests() const;
};

}  // namespace lock::registry
