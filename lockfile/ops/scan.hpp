// `lock scan`: the occurrences of image references in the tree, as policy sees them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "lockfile/ops/open.hpp"
#include "lockfile/ops/workspace.hpp"
#include "resolver/base/error.hpp"
#include "resolver/image/finding.hpp"
#include "resolver/image/occurrence.hpp"

namespace lock::ops {

struct ScopeScan {
  // Sorted by file and place. Ignored are those of `lock:ignore` comments and of [[ignore]], with their reason.
  std::vector<image::Occurrence> occurrences;
  // Something of this scope could not be read: what it holds is not known, so nothing may be concluded from absence.
  bool incomplete = false;
};

struct ScanCounts {
  std::size_t files = 0;  // read
  std::size_t resolved = 0;
  std::size_t unresolved = 0;
  std::size_t ignored = 0;
  std::size_t first_party = 0;
  tree::LeftOut left_out;  // default skips and .lockignore
};

struct Scan {
  std::vector<ScopeScan> scopes;  // parallel to Workspace::scopes
  ScanCounts counts;
  std::vector<image::Finding> findings;           // unresolved-reference, unreadable-file, …
  std::vector<image::Undetermined> undetermined;  // files whose name declares a format and that could not be read
};

struct ScanOptions {
  unsigned threads = 0;  // 0: as many as there are cores, 2 to 8
};

// Reads the files of interest of an opened workspace on a few threads. The answer does not depend on their number.
// Errors: those of tree::read_each.
[[nodiscard]] Result<Scan> scan(const Opened& opened, const ScanOptions& options);

}  // namespace lock::ops
