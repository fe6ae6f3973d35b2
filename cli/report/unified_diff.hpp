// A unified diff, as `git apply` and `patch -p1` take it.
#pragma once

#include <string>
#include <string_view>

#include "cli/report/report.hpp"

namespace lock::cli {

// Three lines of context; empty for equal texts. Texts with the same number of lines, which edits inside of lines have,
// are compared line by line; of others, all between the first and the last different line is one change. A name with
// unusual bytes is quoted as git does. With colour, what could move a terminal's cursor is shown as \xNN.
[[nodiscard]] std::string unified_diff(std::string_view file, std::string_view before, std::string_view after,
                                       const Style& style);

}  // namespace lock::cli
