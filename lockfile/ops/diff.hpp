// `lock diff`: what changed between two states of the locks.
#pragma once

#include <string>
#include <vector>

#include "lockfile/document/compare.hpp"
#include "lockfile/ops/scan.hpp"
#include "lockfile/ops/workspace.hpp"
#include "resolver/base/error.hpp"

namespace lock::ops {

// Each side is a path of a lock (relative to the root, or absolute), or a git revision. Empty: HEAD for `old`, the work
// tree for `fresh`. A revision and the work tree speak of the locks of all scopes, a path of that one file.
struct DiffOptions {
  std::string old;
  std::string fresh;
};

struct DiffRow {
  std::string lock_file;  // of the scope; for two paths, the new one
  document::Difference difference;
  std::vector<std::string> files;  // that name the image now, sorted
};

struct DiffResult {
  std::vector<DiffRow> rows;  // sorted by lock file and reference
};

// Errors: `usage` when a side is neither a file nor a revision; `configuration` for a lock that is broken; `io` when
// git cannot be asked.
[[nodiscard]] Result<DiffResult> diff(const Workspace& workspace, const Scan& scan, const DiffOptions& options);

}  // namespace lock::ops
