#include "resolver/tree/git_revision.hpp"

#include <utility>

#include "resolver/base/text.hpp"
#include "resolver/tree/git_command.hpp"

namespace lock::tree {
Result<std::string> find_commit(const std::string& folder, const std::string& revision) {
  auto answer =
      ask_git_for(folder, {"rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"}, 4096);
  if (!answer) return std::unexpected(std::move(answer.error()));
  std::string name(base::trim(answer->output));
  if (answer->exit_status == 0 && is_object_name(name)) return name;
  if (answer->exit_status != 1) {
    return fail(ErrorKind::io, "git cannot look for '" + base::harmless(revision) + "': " + complaint_of(*answer));
  }
  return fail(ErrorKind::usage, "'" + base::harmless(revision) + "' names no commit and no file",
              "a path, or a git revision such as HEAD~1, is expected");
}

Result<std::optional<Bytes>> read_in_commit(const std::string& folder, const std::string& commit,
                                            const std::string& path, std::size_t most) {
  if (!is_object_name(commit)) return fail(ErrorKind::usage, "'" + base::harmless(commit) + "' is no commit");
  auto listed = ask_git_for(folder, {"ls-tree", "-z", commit, "--", path}, std::size_t{64} << 10);
  if (!listed) return std::unexpected(std::move(listed.error()));
  if (listed->exit_status != 0) {
    return fail(ErrorKind::io, "git cannot list " + commit.substr(0, 12) + ": " + complaint_of(*listed));
  }
  // `100644 blob <object>\t<path>\0`; a link is 120000, a folder `tree`.
  const std::string_view row = listed->output;
  const auto words = base::split(row.substr(0, row.find('\t')), ' ');
  if (words.size() != 3 || words[1] != "blob" || !words[0].starts_with("100") || !is_object_name(words[2])) {
    return std::nullopt;
  }
  auto bytes = read_object(folder, std::string(words[2]), most);
  if (!bytes) return while_doing(base::harmless(path) + " in " + commit.substr(0, 12), std::move(bytes.error()));
  return std::move(*bytes);
}

}  // namespace lock::tree
