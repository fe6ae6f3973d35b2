// Help texts, made from the table of commands, and the words for an Error that ended a run.
#pragma once

#include <string>

#include "cli/commands/command.hpp"

namespace lock::cli {

[[nodiscard]] std::string version_text();                        // "lock 0.1.0\n"
[[nodiscard]] std::string overview_text();                       // `lock --help`
[[nodiscard]] std::string command_text(const Command& command);  // `lock COMMAND --help`
[[nodiscard]] std::string error_text(const Error& error, const Style& style);

}  // namespace lock::cli
