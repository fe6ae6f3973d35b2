// How git is asked about a checkout that may be hostile: see git.hpp for what is kept from it.
#pragma once

#include <string>
#include <vector>

#include "resolver/base/process.hpp"

namespace lock::tree {

// `git COMMAND…` in a folder of the checkout, without configuration, hooks, transports and variables that are not ours.
[[nodiscard]] base::ProcessRequest safe_git(const std::string& folder, std::vector<std::string> command);

}  // namespace lock::tree
