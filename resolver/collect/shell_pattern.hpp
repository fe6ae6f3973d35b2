// The patterns of `${NAME#pattern}`, `${NAME%pattern}` and `${NAME/pattern/text}` in a Dockerfile.
//
// `*` is any text, `?` one character, `\` takes the meaning from `*`, `?` and itself (and is dropped before `}` and
// `/`, which end a pattern otherwise); bracket expressions do not exist. Specification: POSIX.1-2017, Shell Command
// Language, 2.13, as BuildKit has it. Matching takes time linear in the text whatever the pattern (RE2).
#pragma once

#include <string_view>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/base/place.hpp"

namespace lock::collect {

// The part of `text` that `#` (shortest) or `##` (longest) takes away at its begin; empty when nothing matches.
[[nodiscard]] Result<Span> match_prefix(std::string_view pattern, std::string_view text, bool longest);

// The same for `%` and `%%` at the end of the text.
[[nodiscard]] Result<Span> match_suffix(std::string_view pattern, std::string_view text, bool longest);

// What `/` (the first) or `//` (every) replaces, in order, longest match first; spans may be empty but not overlap.
[[nodiscard]] Result<std::vector<Span>> match_anywhere(std::string_view pattern, std::string_view text, bool every);

}  // namespace lock::collect
