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

// Waves: one GET for each distinct digest, one for each child of an index that names no platform, and the config of
// each image whose platform nothing else says. Questions with equal digests are asked once, of the first one's
// repository. Such a child counts as containerd has it (core/images, Manifest): its config says its platform, one
// without an image's config is an artifact and no platform, an unknown media type is passed over (image-spec,
// image-index.md). An index in an index without a platform is ErrorKind::unsupported.
[[nodiscard]] std::map<image::Digest, Result<Facts>> fetch_facts(std::span<const FactQuestion> questions,
                                                                 image::Registry& registry);

}  // namespace lock::ops
