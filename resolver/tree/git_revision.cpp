#include "resolver/tree/git_revision.hpp"

#include <algorithm>
#include <utility>

#include "resolver/base/text.hpp"
#include "resolver/tree/git_command.hpp"

namespace lock::tree {
namespace {

Result<base::ProcessAnswer> ask(const std::string& folder, std::vector<std::string> command, std::size_t most) {
  base::ProcessRequest request = safe_git(folder, std::move(command));
  request.most_output = most;
  auto answer = base::run_process(request);
  if (answer) return answer;
  if (answer.error().kind == ErrorKind::absent) {
    return fail(ErrorKind::io, "git is needed to read what a commit holds", "install git, or add its folder to PATH");
  }
  return while_doing("asking git in " + base::harmless(folder), std::move(answer.error()));
}

std::string said(const base::ProcessAnswer& answer) {
  const std::string_view text = base::trim(answer.errors);
  return text.empty() ? "exit status " + std::to_string(answer.exit_status)
                      : base::harmless(text.substr(0, text.find('\n')));
}

bool is_object_name(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

Result<std::string> find_commit(const std::string& folder, const std::string& revision) {
  auto answer = ask(folder, {"rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"}, 4096);
  if (!answer) return std::unexpected(std::move(answer.error()));
  const std::string name(base::trim(answer->output));
  if (answer->exit_status == 0 && is_object_name(name)) return name;
  if (answer->exit_status != 1) {
    return fail(ErrorKind::io, "git cannot look for '" + base::harmless(revision) + "': " + said(*answer));
  }
  return fail(ErrorKind::usage, "'" + base::harmless(revision) + "' names no commit and no file",
              "a path, or a git revision such as HEAD~1, is expected");
}

Result<std::optional<Bytes>> read_in_commit(const std::string& folder, const std::string& commit,
                                            const std::string& path, std::size_t most) {
  if (!is_object_name(commit)) return fail(ErrorKind::usage, "'" + base::harmless(commit) + "' is no commit");
  auto listed = ask(folder, {"ls-tree", "-z", commit, "--", path}, std::size_t{64} << 10);
  if (!listed) return std::unexpected(std::move(listed.error()));
  if (listed->exit_status != 0) {
    return fail(ErrorKind::io, "git cannot list " + commit.substr(0, 12) + ": " + said(*listed));
  }
  // `100644 blob <object>\t<path>\0`; a link is 120000, a folder `tree`.
  const std::string_view row = listed->output;
  const auto words = base::split(row.substr(0, row.find('\t')), ' ');
  if (words.size() != 3 || words[1] != "blob" || !words[0].starts_with("100") || !is_object_name(words[2])) {
    return std::nullopt;
  }
  auto bytes = ask(folder, {"cat-file", "blob", std::string(words[2])}, most);
  if (!bytes) return std::unexpected(std::move(bytes.error()));
  if (bytes->exit_status != 0) {
    return fail(ErrorKind::io,
                "git cannot read " + base::harmless(path) + " in " + commit.substr(0, 12) + ": " + said(*bytes));
  }
  return std::move(bytes->output);
}

}  // namespace lock::tree
