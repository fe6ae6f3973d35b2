#include "resolver/registry/statistics.hpp"

namespace lock::registry {

std::string_view name_of(RequestKind kind) {
  switch (kind) {
    case RequestKind::manifest: return "manifest";
    case RequestKind::blob: return "blob";
    case RequestKind::referrers: return "referrers";
    case RequestKind::token: return "token";
    case RequestKind::other: return "other";
  }
  std::unreachable();
}

std::uint64_t Statistics::requests(RequestKind kind, std::string_view method) const {
  std::uint64_t sum = 0;
  for (const auto& [origin, host] : hosts) {
    const auto found = host.requests.find({kind, std::string(method)});
    if (found != host.requests.end()) sum += found->second;
  }
  return sum;
}

std::uint64_t Statistics::requests() const {
  std::uint64_t sum = 0;
  for (const auto& [origin, host] : hosts) {
    for (const auto& [what, count] : host.requests) sum += count;
  }
  return sum;
}

}  // namespace lock::registry
