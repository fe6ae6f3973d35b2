// The arrows of the house, read from the sources: cli -> lockfile -> resolver, and those inside the rooms.
//
// In: source files as (path from the root, text), and the text of CMakeLists.txt. Out: one sentence for each place
// where an include, a link or a forbidden name runs against them, in the order of the input; empty when all is well.
// Pure functions without errors; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lock::support {

struct SourceFile {
  std::string path;  // from the root, with '/': "resolver/base/text.cpp"
  std::string text;
};

// `file:line: what runs against which arrow`, for the files of the three rooms; other files may include what they like.
[[nodiscard]] std::vector<std::string> broken_includes(const std::vector<SourceFile>& files);

// The same for each line `lock_library(folder USES …)`.
[[nodiscard]] std::vector<std::string> broken_links(std::string_view cmake_lists);

// Names that nobody may use: std::regex everywhere, and anything that prints below cli/.
[[nodiscard]] std::vector<std::string> forbidden_names(const std::vector<SourceFile>& files);

// C++ text with comments and the contents of literals blanked out, lines kept.
[[nodiscard]] std::string without_comments_and_literals(std::string_view text);

}  // namespace lock::support
