#include "resolver/tree/git.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <system_error>

#include "resolver/base/process.hpp"
#include "resolver/base/text.hpp"
#include "resolver/tree/git_command.hpp"
#include "resolver/tree/untracked.hpp"

namespace lock::tree {
namespace {

constexpr std::size_t most_places = 200;  // named to git; beyond, it searches by itself

std::string in_quotes(const std::string& path) { return "'" + base::harmless(path) + "'"; }

// Quoted so that it can be pasted into a shell.
std::string for_shell(const std::string& path) {
  if (path.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@%,=") ==
      std::string::npos) {
    return path;
  }
  std::string text = "'";
  for (const char c : path) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string owner_of(const std::string& checkout) {
  struct stat status{};
  // git looks at the folder and at the .git in it; the first that is not ours is the one to name.
  for (const std::string& path : {checkout, checkout + "/.git"}) {
    if (lstat(path.c_str(), &status) == 0 && status.st_uid != geteuid()) {
      return "another user (uid " + std::to_string(status.st_uid) + ")";
    }
  }
  return "another user";
}

std::string first_line(std::string_view text) {
  text = base::trim(text);
  return base::harmless(text.substr(0, text.find('\n')));
}

std::unexpected<Error> refused(const std::string& checkout, const base::ProcessAnswer& answer) {
  if (answer.errors.find("dubious ownership") != Bytes::npos ||
      answer.errors.find("unsafe repository") != Bytes::npos) {
    return fail(ErrorKind::io,
                "the git checkout " + in_quotes(checkout) + " belongs to " + owner_of(checkout) +
                    ", and git refuses to read it",
                "if you trust it, run: git config --global --add safe.directory " + for_shell(checkout));
  }
  const std::string said =
      answer.errors.empty() ? "exit status " + std::to_string(answer.exit_status) : first_line(answer.errors);
  return fail(ErrorKind::io, "git cannot read the checkout " + in_quotes(checkout) + ": " + said,
              "repair it, or remove its .git to have it read as a plain folder");
}

Result<Bytes> run_git(const std::string& checkout, std::vector<std::string> command, Bytes* warnings) {
  auto answer = base::run_process(safe_git(checkout, std::move(command)));
  if (!answer && answer.error().kind == ErrorKind::absent) {
    return fail(ErrorKind::io,
                in_quotes(checkout) + " is a git checkout, and git is not there to say which files belong to it",
                "install git, or add its folder to PATH");
  }
  if (!answer) return while_doing("asking git about the checkout " + in_quotes(checkout), std::move(answer.error()));
  if (answer->exit_status != 0) return refused(checkout, *answer);
  if (warnings != nullptr) *warnings = std::move(answer->errors);
  return std::move(answer->output);
}

// A `core.worktree`, or a `.git` that git passes over on its way upward, would make it speak of another folder.
Result<void> check_checkout(const std::string& checkout) {
  auto output = run_git(checkout, {"rev-parse", "--show-toplevel"}, nullptr);
  if (!output) return std::unexpected(std::move(output.error()));
  if (output->ends_with('\n')) output->pop_back();
  std::error_code error;
  if (std::filesystem::canonical(*output, error).string() == checkout && !error) return {};
  return fail(ErrorKind::io,
              "there is a .git in " + in_quotes(checkout) + ", but for git the checkout is " + in_quotes(*output),
              "look at core.worktree in the repository's configuration, or remove the broken .git");
}

// "H 100644 <object> <stage>\t<path>" for what is tracked, "? <path>" for the rest.
struct Row {
  char tag = 0;
  std::string_view mode;  // empty for what is not tracked
  std::string_view path;
};

std::optional<Row> parse_row(std::string_view text) {
  if (text.size() < 3 || text[1] != ' ') return std::nullopt;
  Row row{.tag = text[0], .mode = {}, .path = text.substr(2)};
  if (row.tag == '?') return row;
  const auto tab = row.path.find('\t');
  if (tab == std::string_view::npos || tab < 7 || tab + 1 == row.path.size()) return std::nullopt;
  row.mode = row.path.substr(0, 6);
  row.path.remove_prefix(tab + 1);
  return row;
}

// `places` are files and folders to keep to; none: everywhere.
Result<GitFiles> list(const std::string& checkout, const std::vector<std::string>& which,
                      const std::vector<std::string>& places) {
  std::vector<std::string> command = {"ls-files", "-z", "-t", "--no-recurse-submodules"};
  command.insert(command.end(), which.begin(), which.end());
  command.emplace_back("--");
  command.insert(command.end(), places.begin(), places.end());
  Bytes complaints;
  const auto output = run_git(checkout, std::move(command), &complaints);
  if (!output) return std::unexpected(output.error());
  auto files = parse_git_files(*output);
  if (!files) return files;
  for (const auto line : base::split(complaints, '\n')) {
    if (!base::trim(line).empty()) files->warnings.push_back(base::harmless(base::trim(line)));
  }
  return files;
}

void merge_into(std::vector<std::string>& all, std::vector<std::string>& more) {
  if (more.empty()) return;
  std::ranges::move(more, std::back_inserter(all));
  std::ranges::sort(all);
  all.erase(std::ranges::unique(all).begin(), all.end());
}

}  // namespace

Result<GitFiles> parse_git_files(std::string_view output) {
  GitFiles files;
  while (!output.empty()) {
    const auto end = output.find('\0');
    const auto row = parse_row(output.substr(0, end));
    if (end == std::string_view::npos || !row) {
      return fail(ErrorKind::io, "git ls-files answered in a form that is not understood: '" +
                                     base::harmless(output.substr(0, end), 80) + "'");
    }
    output.remove_prefix(end + 1);
    if (row->mode == "160000") {
      files.submodules.emplace_back(row->path);
    } else if (row->path.ends_with('/')) {
      files.submodules.emplace_back(row->path.substr(0, row->path.size() - 1));
    } else if (row->tag == 'S') {
      files.sparse.emplace_back(row->path);
      files.paths.emplace_back(row->path);
    } else {
      files.paths.emplace_back(row->path);
    }
  }
  // Unmerged files stand there once a stage.
  for (auto* paths : {&files.paths, &files.submodules, &files.sparse}) {
    if (!std::ranges::is_sorted(*paths)) std::ranges::sort(*paths);
    paths->erase(std::ranges::unique(*paths).begin(), paths->end());
  }
  return files;
}

Result<GitFiles> ask_git(const std::string& checkout, const std::string& below, unsigned threads) {
  if (auto checked = check_checkout(checkout); !checked) return std::unexpected(std::move(checked.error()));
  std::vector<std::string> everywhere;
  if (!below.empty()) everywhere.push_back(below + "/");
  auto files = list(checkout, {"-s", "--cached"}, everywhere);
  if (!files) return files;
  const auto untracked = find_untracked(checkout, below, files->paths, files->submodules, threads);
  if (untracked && untracked->empty()) return files;
  const bool is_short = untracked && untracked->size() <= most_places;
  auto others = list(checkout, {"--others", "--exclude-standard"}, is_short ? *untracked : everywhere);
  if (!others) return others;
  merge_into(files->paths, others->paths);
  merge_into(files->submodules, others->submodules);
  std::ranges::move(others->warnings, std::back_inserter(files->warnings));
  return files;
}

}  // namespace lock::tree
