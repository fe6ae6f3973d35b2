// The records of the commands, one file each; commands.cpp has the table.
#pragma once

#include "cli/commands/command.hpp"

namespace lock::cli {

extern const Command apply_command;
extern const Command diff_command;
extern const Command explain_command;
extern const Command export_command;
extern const Command import_command;
extern const Command init_command;
extern const Command list_command;
extern const Command merge_command;
extern const Command mirror_command;
extern const Command outdated_command;
extern const Command pin_command;
extern const Command scan_command;
extern const Command signers_command;
extern const Command unpin_command;
extern const Command update_command;
extern const Command verify_command;
extern const Command why_command;

}  // namespace lock::cli
