// Where a scalar of a YAML file can be reached: its own path, and those through aliases and merge keys.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "resolver/base/place.hpp"
#include "resolver/collect/tree.hpp"

namespace lock::exchange {

using Path = std::vector<std::string>;  // keys; the index of a list's item is "#"

// The paths to the scalar that holds these bytes, in the order of the file. Nothing when there are too many to follow.
[[nodiscard]] std::optional<std::vector<Path>> paths_to(const collect::Tree& tree, Span bytes);

}  // namespace lock::exchange
