// What a merge could not settle: the unmerged files of git's index, and their versions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/error.hpp"

namespace lock::tree {

// Object names of the stages 1, 2 and 3; nothing where that side has no such file, or has a link or a submodule there.
struct UnmergedFile {
  std::string path;  // relative to the folder that was asked about
  std::optional<std::string> base;
  std::optional<std::string> ours;
  std::optional<std::string> theirs;
};

// The unmerged files in `folder` and below, sorted by path; none when no merge is under way. Errors: `io`, when
// `folder` lies in no checkout or git cannot be asked.
[[nodiscard]] Result<std::vector<UnmergedFile>> list_unmerged(const std::string& folder);

// What `git ls-files --unmerged -z` printed. Apart for tests; `io` when it is not of that shape.
[[nodiscard]] Result<std::vector<UnmergedFile>> parse_unmerged(std::string_view output);

}  // namespace lock::tree
