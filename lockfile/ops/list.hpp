// `lock list`: what is locked.
#pragma once

#include <string>
#include <vector>

#include "lockfile/document/document.hpp"
#include "lockfile/ops/workspace.hpp"
#include "resolver/base/error.hpp"

namespace lock::ops {

struct LockedEntry {
  std::string lock_file;
  document::Entry entry;
};

// Of all scopes that have a lock, sorted by lock file and key. Errors: no scope has one, or one is broken
// (`configuration`).
[[nodiscard]] Result<std::vector<LockedEntry>> list(const Workspace& workspace);

}  // namespace lock::ops
