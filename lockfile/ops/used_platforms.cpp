#include "lockfile/ops/used_platforms.hpp"

#include <algorithm>

namespace lock::ops {
namespace {

using document::PlatformDigest;
using image::Platform;

bool any_satisfies(std::span<const PlatformDigest> rows, const Platform& wanted) {
  return std::ranges::any_of(rows, [&](const PlatformDigest& row) { return row.platform.satisfies(wanted); });
}

}  // namespace

std::vector<PlatformDigest> used_platforms(const policy::Policy& policy, const document::Entry& entry) {
  if (policy.platforms().empty()) return entry.platforms;
  std::vector<PlatformDigest> used;
  for (const PlatformDigest& row : entry.platforms) {
    const bool is_used =
        std::ranges::any_of(policy.platforms(), [&](const Platform& wanted) { return row.platform.satisfies(wanted); });
    if (is_used) used.push_back(row);
  }
  return used;
}

std::vector<std::string> lost_platforms(const policy::Policy& policy, const document::Entry& old,
                                        std::span<const PlatformDigest> fresh) {
  std::vector<Platform> wanted = policy.platforms();
  if (wanted.empty()) {
    for (const PlatformDigest& row : old.platforms) {
      Platform platform = row.platform;
      platform.os_version.clear();
      if (std::ranges::find(wanted, platform) == wanted.end()) wanted.push_back(std::move(platform));
    }
  }
  std::vector<std::string> lost;
  for (const Platform& platform : wanted) {
    if (any_satisfies(old.platforms, platform) && !any_satisfies(fresh, platform)) lost.push_back(platform.text());
  }
  return lost;
}

std::vector<std::string> missing_platforms(const policy::Policy& policy, const document::Entry& entry) {
  std::vector<std::string> missing;
  if (entry.platforms.empty()) return missing;
  for (const Platform& platform : policy.platforms()) {
    if (!any_satisfies(entry.platforms, platform)) missing.push_back(platform.text());
  }
  return missing;
}

}  // namespace lock::ops
