#include "lockfile/ops/lock_file.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "resolver/base/file.hpp"

namespace lock::ops {
Result<LockFile> read_lock(const Workspace& workspace, const Scope& scope) {
  LockFile lock;
  auto bytes = base::read_file(workspace.root / scope.lock_file, most_lock_bytes);
  if (!bytes && bytes.error().kind == ErrorKind::absent) return lock;
  if (!bytes) return std::unexpected(std::move(bytes.error()));
  lock.exists = true;
  lock.text = std::move(*bytes);
  lock.reading = document::read(lock.text, scope.lock_file);
  return lock;
}

Result<LocksToCheck> read_locks_to_check(const Workspace& workspace) {
  LocksToCheck out;
  bool exists = false;
  for (const Scope& scope : workspace.scopes) {
    auto lock = read_lock(workspace, scope);
    if (!lock) return std::unexpected(std::move(lock.error()));
    exists = exists || lock->exists;
    std::ranges::move(lock->reading.findings, std::back_inserter(out.findings));
    out.documents.push_back(std::move(lock->reading.document));
    out.entries += out.documents.back().entries().size();
  }
  if (!exists) {
    return fail(ErrorKind::configuration, "there is no " + workspace.scopes.front().lock_file + " to check against",
                "run `lock update` and commit it");
  }
  return out;
}

Result<std::vector<ScopeLock>> require_locks(const Workspace& workspace) {
  std::vector<ScopeLock> locks;
  for (const Scope& scope : workspace.scopes) {
    auto lock = read_lock(workspace, scope);
    if (!lock) return std::unexpected(std::move(lock.error()));
    if (!lock->exists) continue;
    auto document = document::sound(std::move(lock->reading));
    if (!document) return std::unexpected(std::move(document.error()));
    locks.push_back({&scope, std::move(*document)});
  }
  if (locks.empty()) {
    return fail(ErrorKind::configuration, "there is no " + workspace.scopes.front().lock_file,
                "run `lock update` to write it");
  }
  return locks;
}

}  // namespace lock::ops
