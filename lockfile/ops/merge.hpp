// `lock merge`, as git's merge driver: three files in, the merge in place of OURS.
//
// No tree, no registry, no settings: while git merges, the work tree is not yet what it will be. What only they can
// tell stays between conflict markers, so that every reader refuses the file, and is a finding that names what mends it
// (`resolve_merge`).
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/image/finding.hpp"

namespace lock::ops {

struct MergeOptions {
  std::filesystem::path base;  // empty, or not readable as a lock: as if both sides had begun with nothing
  std::filesystem::path ours;  // is replaced
  std::filesystem::path theirs;
  std::string name;  // of the lock in the work tree, for messages
};

struct MergeResult {
  std::size_t entries = 0;               // that are decided
  std::vector<image::Finding> findings;  // lock-conflict, one an undecided entry; or why a side cannot be merged
};

// A side that is no sound lock leaves both texts between markers. Errors: `absent`, `io`, `limit` for the files.
[[nodiscard]] Result<MergeResult> merge(const MergeOptions& options);

}  // namespace lock::ops
