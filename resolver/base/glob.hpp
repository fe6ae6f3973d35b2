// Globs as images.toml uses them: `*` matches within one segment, `**` across `/`, `?` one character, `[a-z]` and
// `{a,b}` are literal. `**/` also matches nothing, so that `**/x` matches `x`. Matching is linear in the text for
// any pattern: no backtracking beyond the last star of each kind. (fnmatch has no `**` and follows the locale.)
#pragma once

#include <string>
#include <string_view>

namespace lock::base {
[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view text);
}  // namespace lock::base
