#include "resolver/tree/git_command.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "resolver/base/text.hpp"

namespace lock::tree {
namespace {

constexpr std::size_t most_output = std::size_t{512} << 20;
constexpr std::chrono::minutes time_limit{5};

}  // namespace

// Options before the command win over every file and over GIT_CONFIG_COUNT.
base::ProcessRequest safe_git(const std::string& checkout, std::vector<std::string> command) {
  base::ProcessRequest request;
  request.arguments = {"git", "--no-pager", "--literal-pathspecs"};
  for (const char* option : {
           "core.fsmonitor=false",       // would be run to say what has changed
           "core.hooksPath=/dev/null",   // no hook belongs to ls-files today; none will tomorrow
           "core.untrackedCache=false",  // a list in the index that claims what is in the folders
           "core.excludesFile=/dev/null", "core.ignoreCase=false", "core.sshCommand=false", "core.pager=cat",
           "credential.helper=", "protocol.allow=never", "submodule.recurse=false",
           "advice.sparseIndexExpanded=false",  // advice is no complaint about the tree
       }) {
    request.arguments.insert(request.arguments.end(), {"-c", option});
  }
  std::ranges::move(command, std::back_inserter(request.arguments));
  request.directory = checkout;
  request.unset = {"GIT_*", "LANGUAGE", "LC_*"};
  request.set = {{"LC_ALL", "C"},
                 {"GIT_OPTIONAL_LOCKS", "0"},
                 {"GIT_TERMINAL_PROMPT", "0"},
                 {"GIT_NO_LAZY_FETCH", "1"},
                 {"GIT_NO_REPLACE_OBJECTS", "1"},
                 {"GIT_ALLOW_PROTOCOL", "none"},
                 {"GIT_DISCOVERY_ACROSS_FILESYSTEM", "1"}};  // the folder was found; mounts do not matter
  request.time_limit = time_limit;
  request.most_output = most_output;
  return request;
}

Result<base::ProcessAnswer> ask_git_for(const std::string& folder, std::vector<std::string> command, std::size_t most) {
  base::ProcessRequest request = safe_git(folder, std::move(command));
  request.most_output = most;
  auto answer = base::run_process(request);
  if (answer) return answer;
  if (answer.error().kind == ErrorKind::absent) {
    return fail(ErrorKind::io, "git is needed to read what a commit or the index holds",
                "install git, or add its folder to PATH");
  }
  return while_doing("asking git in " + base::harmless(folder), std::move(answer.error()));
}

std::string complaint_of(const base::ProcessAnswer& answer) {
  const std::string_view text = base::trim(answer.errors);
  return text.empty() ? "exit status " + std::to_string(answer.exit_status)
                      : base::harmless(text.substr(0, text.find('\n')));
}

bool is_object_name(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Result<Bytes> read_object(const std::string& folder, const std::string& object, std::size_t most) {
  if (!is_object_name(object)) return fail(ErrorKind::io, "'" + base::harmless(object) + "' names no object of git");
  auto bytes = ask_git_for(folder, {"cat-file", "blob", object}, most);
  if (!bytes) return std::unexpected(std::move(bytes.error()));
  if (bytes->exit_status == 0) return std::move(bytes->output);
  return fail(ErrorKind::io, "git cannot read the object " + object.substr(0, 12) + ": " + complaint_of(*bytes));
}

}  // namespace lock::tree
