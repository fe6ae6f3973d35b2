// The first steps that most commands share.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/command.hpp"
#include "lockfile/ops/open.hpp"
#include "lockfile/ops/scan.hpp"

namespace lock::cli {

// The workspace of -C and --config. `only` are files and folders of the command line.
[[nodiscard]] Result<ops::Opened> open_workspace(const Session& session, std::vector<std::string> only = {});

// The same with its scan. ErrorKind::usage when no file of the tree is one that any collector reads: a check of nothing
// must not look like a good one.
struct Scanned {
  ops::Opened opened;
  ops::Scan scan;
};
[[nodiscard]] Result<Scanned> scan_workspace(const Session& session, std::vector<std::string> only = {});

// Fills the line of each finding's place from the file below `root`, so that the text report can draw a caret.
void read_lines(const std::filesystem::path& root, std::vector<image::Finding>& findings,
                std::vector<image::Undetermined>& undetermined);

// "ok", "failed" or "undetermined", from the findings.
[[nodiscard]] std::string_view status_name(int status);

// The findings as text. At most five notes and warnings of one check are written out, the rest are counted, so that a
// chart full of templates does not bury an error; -v writes all.
[[nodiscard]] std::string findings_text(const Report& report, const Style& style, bool all);

}  // namespace lock::cli
