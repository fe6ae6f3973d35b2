// How git is asked about a checkout that may be hostile: see git.hpp for what is kept from it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/base/process.hpp"

namespace lock::tree {

// `git COMMAND…` in a folder of the checkout, without configuration, hooks, transports and variables that are not ours.
[[nodiscard]] base::ProcessRequest safe_git(const std::string& folder, std::vector<std::string> command);

// The same, run; at most `most` bytes of output. That git is not installed is `io`; a status other than 0 is an answer.
[[nodiscard]] Result<base::ProcessAnswer> ask_git_for(const std::string& folder, std::vector<std::string> command,
                                                      std::size_t most);

// The first line of what git complained of, harmless; or its exit status.
[[nodiscard]] std::string complaint_of(const base::ProcessAnswer& answer);

// The full name of an object: 40 or 64 hex digits.
[[nodiscard]] bool is_object_name(std::string_view text);

// The bytes of a blob by its object name. Errors: `limit`, `io`.
[[nodiscard]] Result<Bytes> read_object(const std::string& folder, const std::string& object, std::size_t most);

}  // namespace lock::tree
