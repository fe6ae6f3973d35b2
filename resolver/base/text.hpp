// Small functions over text that g++ 12 and the standard library do not give. None depends on the locale.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lock::base {

// The byte offset of the first byte that is not part of well-formed UTF-8 (Unicode 15, table 3-7), if any.
[[nodiscard]] std::optional<std::size_t> find_invalid_utf8(std::string_view text);

// The number of code points in well-formed UTF-8.
[[nodiscard]] std::size_t count_code_points(std::string_view text);

[[nodiscard]] std::string_view trim(std::string_view text);  // blanks, tabs, CR, LF at both ends
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
[[nodiscard]] std::string join(std::span<const std::string> parts, std::string_view separator);
[[nodiscard]] std::string to_lower(std::string_view text);  // ASCII letters only
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);
[[nodiscard]] std::optional<std::uint64_t> parse_decimal(std::string_view text);  // digits only, no sign, in range

// Makes foreign text harmless on a terminal and in a log: control characters (C0, DEL, C1), invalid UTF-8 and
// bidirectional overrides become \xNN or \u{NNNN}; a newline too. Cut after `most` bytes, with "…".
[[nodiscard]] std::string harmless(std::string_view text, std::size_t most = 400);

// The candidate that `text` is most likely a slip of, or nothing when none is near: the edit distance (with
// transpositions) must be at most a third of the longer length and at most 3.
[[nodiscard]] std::optional<std::string> near_name(std::string_view text, std::span<const std::string_view> candidates);

// "1 image", "2 images".
[[nodiscard]] std::string count_of(std::size_t count, std::string_view singular, std::string_view plural = {});

}  // namespace lock::base
