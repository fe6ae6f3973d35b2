// The whole program as a function: arguments and streams in, exit status out. `main` only connects it to the process.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/command.hpp"

namespace lock::cli {

[[nodiscard]] int run(const std::vector<std::string>& arguments, Session& session);

}  // namespace lock::cli
