// Which files belong to a git checkout: those that git tracks, and those that it neither tracks nor ignores. git itself
// is asked, so that `.gitignore` means what it means there.
//
// A checkout may be hostile: its configuration can name programs (`core.fsmonitor`, hooks, `core.sshCommand`, pagers),
// and the variables `GIT_*` can point elsewhere. None of those reaches an answer: the variables are removed, the
// options overridden, transports forbidden. The user's own configuration is read for one thing, `safe.directory`; the
// user's own ignore file is not, since the same tree must give the same answer everywhere.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/error.hpp"

namespace lock::tree {

struct GitFiles {
  std::vector<std::string> paths;       // relative to the checkout, sorted by bytes, each once
  std::vector<std::string> submodules;  // folders that are checkouts of their own; nothing in them is in `paths`
  std::vector<std::string> sparse;  // tracked, in `paths` too, and outside of a sparse checkout: most likely not there
  std::vector<std::string> warnings;  // what git complained of, one line each: the list may lack something
};

// `checkout` is the root of the checkout, `below` a folder in it ("" for all).
//
// Errors, all `io`: git is not installed, the checkout belongs to somebody else, is broken, or has its work tree
// elsewhere; each with a hint.
[[nodiscard]] Result<GitFiles> ask_git(const std::string& checkout, const std::string& below, unsigned threads);

// What `git ls-files -z -t -s` printed. Apart for tests; errors when it is not of that shape.
[[nodiscard]] Result<GitFiles> parse_git_files(std::string_view output);

}  // namespace lock::tree
