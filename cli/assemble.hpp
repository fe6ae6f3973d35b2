// The only place where concrete registries, caches and the process environment are chosen.
#pragma once

#include "cli/commands/command.hpp"

namespace lock::cli {

// A session over the real world; the streams are left to the caller.
[[nodiscard]] Session assemble();

}  // namespace lock::cli
