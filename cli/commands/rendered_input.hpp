// Rendered manifests of the command line: files, folders, standard input.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/command.hpp"
#include "lockfile/ops/rendered_text.hpp"

namespace lock::cli {

// "-" is standard input; of a folder every .yaml, .yml and .json file below it, sorted, links not followed. Names in
// the result are as given. Errors: `usage` for what is not there and for a folder without manifests; `limit`, `io`.
[[nodiscard]] Result<std::vector<ops::RenderedText>> read_rendered(const std::vector<std::string>& names,
                                                                   const Session& session);

// Fills the lines of findings that stand in these texts.
void read_lines(const std::vector<ops::RenderedText>& texts, std::vector<image::Finding>& findings,
                std::vector<image::Undetermined>& undetermined);

}  // namespace lock::cli
