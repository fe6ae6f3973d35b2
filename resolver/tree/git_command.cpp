#include "resolver/tree/git_command.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

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
           "core.excludesFile=/dev/null",
           "core.ignoreCase=false",
           "core.sshCommand=false",
           "core.pager=cat",
           "credential.helper=",
           "protocol.allow=never",
           "submodule.recurse=false",
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

}  // namespace lock::tree
