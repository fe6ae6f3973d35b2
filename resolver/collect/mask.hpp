// Template expressions ({{ }}, {% %}, {# #}) put out of the way of a YAML reader, without moving a byte.
#pragma once

#include <string>
#include <string_view>

namespace lock::collect {

[[nodiscard]] bool holds_template(std::string_view bytes);

// The same number of bytes and lines: what stands in an expression becomes `x`, and a line that holds expressions
// and nothing else a comment. `${{ }}` is no template of a file but of its reader, and stays.
[[nodiscard]] std::string mask_template(std::string_view bytes);

}  // namespace lock::collect
