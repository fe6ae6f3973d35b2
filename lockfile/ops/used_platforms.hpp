// Which platforms of an image matter: those that images.toml names, or, when it names none, those that the entry has.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "lockfile/document/document.hpp"
#include "lockfile/policy/policy.hpp"

namespace lock::ops {

// Rows of the entry whose manifests must exist.
[[nodiscard]] std::vector<document::PlatformDigest> used_platforms(const policy::Policy& policy,
                                                                   const document::Entry& entry);

// Used platforms that the old entry has and the new rows lack. Where images.toml names none, the version of an
// operating system does not count: Windows images get a new one every month.
[[nodiscard]] std::vector<std::string> lost_platforms(const policy::Policy& policy, const document::Entry& old,
                                                      std::span<const document::PlatformDigest> fresh);

// Platforms that images.toml names and the entry lacks. Nothing for an artifact, which has no platforms.
[[nodiscard]] std::vector<std::string> missing_platforms(const policy::Policy& policy, const document::Entry& entry);

}  // namespace lock::ops
