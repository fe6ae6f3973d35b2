// What the lock says about a digest: its media type and its platforms, read from the manifest itself.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lockfile/document/document.hpp"
#include "resolver/base/error.hpp"
#include "resolver/image/registry.hpp"

namespace lock::ops {

struct Facts {
  std::string media_type;
  std::vector<document::PlatformDigest> platforms;  // sorted; empty for an artifact
};

struct FactQuestion {
  image::Reference image;                       // repository and digest
  std::optional<image::VerifiedBytes> content;  // the manifest, when it came along already
  std::string served_type;                      // of `content`
};

// Two waves: one GET for each distinct digest, and the config of each image without an index. Questions with equal
// digests are asked once, of the first one's repository.
[[nodiscard]] std::map<image::Digest, Result<Facts>> fetch_facts(std::span<const FactQuestion> questions,
                                                                 image::Registry& registry);

}  // namespace lock::ops
