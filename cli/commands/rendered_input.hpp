// Rendered manifests of the command line: files, folders, standard input.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/command.hpp"
#include "lockfile/ops/rendered.hpp"

namespace lock::cli {

// "-" is standard input; of a folder every .yaml, .yml and .json file below it, sorted, links not followed. Names in
// the result are as given. Errors: `usage` for what is not there and for a folder without manifests; `limit`, `io`.
[[nodiscard]] Result<std::vector<ops::RenderedText>> read_rendered(const std::vector<std::string>& names,
                                                                   const Session& session);

}  // namespace lock::cli
