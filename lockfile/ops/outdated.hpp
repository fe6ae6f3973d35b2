// `lock outdated`: which tags have moved since they were locked, and what changed with them.
#pragma once

#include <string>
#include <vector>

#include "lockfile/document/document.hpp"
#include "resolver/image/finding.hpp"
#include "resolver/image/registry.hpp"

namespace lock::ops {

struct OutdatedImage {
  document::Entry locked;
  document::Entry current;  // what the tag is now, read and hashed
};

struct OutdatedResult {
  std::vector<OutdatedImage> images;  // only those that moved, sorted by reference
  std::size_t asked = 0;
  std::vector<image::Finding> findings;  // tag-gone
  std::vector<image::Undetermined> undetermined;
};

[[nodiscard]] OutdatedResult outdated(const document::Document& lock, image::Registry& registry);

}  // namespace lock::ops
