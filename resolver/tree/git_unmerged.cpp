#include "resolver/tree/git_unmerged.hpp"

#include <algorithm>
#include <utility>

#include "resolver/base/text.hpp"
#include "resolver/tree/git_command.hpp"

namespace lock::tree {
namespace {

constexpr std::size_t kMostOutput = std::size_t{64} << 20;

std::optional<std::string>* stage_of(UnmergedFile& file, std::string_view stage) {
  if (stage == "1") return &file.base;
  if (stage == "2") return &file.ours;
  if (stage == "3") return &file.theirs;
  return nullptr;
}

}  // namespace

// Rows `100644 <object> <stage>\t<path>\0`, those of one path one after the other.
Result<std::vector<UnmergedFile>> parse_unmerged(std::string_view output) {
  std::vector<UnmergedFile> files;
  while (!output.empty()) {
    const std::size_t end = output.find('\0');
    const std::string_view row = output.substr(0, end);
    const std::size_t tab = row.find('\t');
    const auto words = base::split(row.substr(0, tab), ' ');
    if (end == output.npos || tab == row.npos || tab + 1 == row.size() || words.size() != 3 ||
        !is_object_name(words[1])) {
      return fail(ErrorKind::io, "git's list of unmerged files is not of the expected shape");
    }
    const std::string_view path = row.substr(tab + 1);
    if (files.empty() || files.back().path != path) files.push_back({std::string(path), {}, {}, {}});
    std::optional<std::string>* stage = stage_of(files.back(), words[2]);
    if (stage == nullptr) return fail(ErrorKind::io, "git's list of unmerged files is not of the expected shape");
    if (words[0].starts_with("100")) *stage = std::string(words[1]);
    output.remove_prefix(end + 1);
  }
  std::ranges::sort(files, {}, &UnmergedFile::path);
  return files;
}

Result<std::vector<UnmergedFile>> list_unmerged(const std::string& folder) {
  auto answer = ask_git_for(folder, {"ls-files", "--unmerged", "-z"}, kMostOutput);
  if (!answer) return std::unexpected(std::move(answer.error()));
  if (answer->exit_status != 0) {
    return fail(ErrorKind::io, "git cannot list the unmerged files: " + complaint_of(*answer));
  }
  return parse_unmerged(answer->output);
}

}  // namespace lock::tree
