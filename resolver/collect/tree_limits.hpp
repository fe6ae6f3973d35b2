// What both readers of a Tree refuse: bounds, and bytes that are no text.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "resolver/collect/tree.hpp"

namespace lock::collect {

inline constexpr std::size_t kMostBytes = std::size_t{64} << 20;
inline constexpr std::size_t kMostNodes = 2'000'000;
inline constexpr std::size_t kMostDepth = 100;

// Text in UTF-16 or UTF-32, by its first bytes.
[[nodiscard]] bool is_wide(std::string_view bytes);
[[nodiscard]] std::optional<Tree::Trouble> refuse_bytes(std::string_view bytes);

}  // namespace lock::collect
