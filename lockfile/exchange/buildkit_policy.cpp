#include <algorithm>
#include <array>
#include <map>

#include "lockfile/exchange/all.hpp"
#include "lockfile/exchange/pins.hpp"

namespace lock::exchange {
namespace {

std::string rule(const std::string& from, const std::string& to) {
  return "    {\n      \"action\": \"CONVERT\",\n      \"selector\": {\"identifier\": " + quoted(from) +
         ", \"matchType\": \"EXACT\"},\n      \"updates\": {\"identifier\": " + quoted(to) + "}\n    }";
}

}  // namespace

// Places that a build pulls: the base images, what is copied from or mounted, frontends, contexts.
bool is_of_a_build(const image::Occurrence& occurrence) {
  constexpr auto kFormats = std::to_array<std::string_view>({"devcontainer", "docker-bake", "dockerfile"});
  return std::ranges::find(kFormats, occurrence.format) != kFormats.end() ||
         (occurrence.format == "compose" && occurrence.path.find("/build/") != std::string::npos);
}

// Rules are exact: another tag, and a place that writes a digest of its own, stay what they are.
Result<Exported> write_buildkit_policy(const Request& request) {
  struct Pin {
    image::Digest digest;
    bool disputed = false;  // scopes lock it differently, and a policy knows no folders
  };
  std::map<std::string, Pin> pins;
  for (const LockedPlace& place : request.places) {
    if (place.occurrence->reference->digest()) continue;  // the build takes what is written
    auto [pin, fresh] = pins.emplace(place.occurrence->reference->canonical(), Pin{place.digest});
    if (pin->second.digest != place.digest) pin->second.disputed = true;
  }
  Exported out;
  for (const LockedPlace& place : request.places) {
    const auto pin = pins.find(place.occurrence->reference->canonical());
    if (pin != pins.end() && pin->second.disputed) {
      out.left.push_back(
          unexpressed(*place.occurrence, "scopes lock it with different digests; export each by itself"));
    }
  }
  std::string rules;
  for (const auto& [reference, pin] : pins) {
    if (pin.disputed) continue;
    const std::string identifier = "docker-image://" + reference;
    rules += (rules.empty() ? "\n" : ",\n") + rule(identifier, identifier + "@" + pin.digest.text());
    ++out.images;
  }
  out.text = "{\n  \"rules\": [" + rules + (rules.empty() ? "" : "\n  ") + "]\n}\n";
  return out;
}

}  // namespace lock::exchange
