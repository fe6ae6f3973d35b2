#include "lockfile/ops/list.hpp"

#include <utility>

#include "lockfile/ops/lock_file.hpp"

namespace lock::ops {

Result<std::vector<LockedEntry>> list(const Workspace& workspace) {
  auto locks = require_locks(workspace);
  if (!locks) return std::unexpected(std::move(locks.error()));
  std::vector<LockedEntry> entries;
  for (const ScopeLock& lock : *locks) {
    for (const document::Entry& entry : lock.document.entries()) entries.push_back({lock.scope->lock_file, entry});
  }
  return entries;
}

}  // namespace lock::ops
