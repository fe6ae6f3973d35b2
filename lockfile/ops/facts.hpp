// From a reference and a digest to what the lock records of it: media type and platforms.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "lockfile/document/document.hpp"
#include "resolver/base/error.hpp"
#include "resolver/image/registry.hpp"

namespace lock::ops {

struct FactQuestion {
  image::Reference key;  // of the entry
  image::Digest digest;
};

// Answers in the order of the questions. Waves: the manifests; then configs of single-platform images and those
// children of indexes that name no platform; then the configs of these. One GET a digest. An index in an index is
// ErrorKind::unsupported. An entry of an artifact has no platforms.
[[nodiscard]] std::vector<Result<document::Entry>> fetch_facts(image::Registry& registry,
                                                               std::span<const FactQuestion> questions);

}  // namespace lock::ops
