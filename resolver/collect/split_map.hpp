// References that are split over the keys of a mapping: registry, repository (or name), tag (or version), digest.
// Helm values and many custom resources write them so.
#pragma once

#include <optional>

#include "resolver/collect/found.hpp"

namespace lock::collect {

// What such a mapping says, or nothing when it is none: it needs a `repository` (or `name` beside `registry`) that is
// a scalar, and one of the other keys or `named_image` (the mapping stands under a key that ends in "image"). Without
// a registry, neither as a key nor in the repository, the reference is unresolved: charts fill it in, and not always
// with Docker Hub's name. A digest key that stands there empty becomes a slot of no bytes, so that a pin finds it.
struct SplitMap {
  Found found;
  const Node* repository = nullptr;
};
[[nodiscard]] std::optional<SplitMap> read_split_map(const Tree& tree, const Node& mapping, bool named_image,
                                                     std::string_view format, const std::string& path,
                                                     std::string_view default_tag = {});

// Takes the tag of `found`, a name without one that stands under `key`, from a `tag` (or `keyTag`) beside it.
void join_tag_beside(const Tree& tree, const Node& mapping, std::string_view key, Found& found);

}  // namespace lock::collect
