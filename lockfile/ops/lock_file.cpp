#include "lockfile/ops/lock_file.hpp"

#include <utility>

#include "resolver/base/file.hpp"

namespace lock::ops {
namespace {
constexpr std::size_t kMostBytes = std::size_t{64} << 20;
}

Result<LockFile> read_lock(const Workspace& workspace, const Scope& scope) {
  LockFile lock;
  auto bytes = base::read_file(workspace.root / scope.lock_file, kMostBytes);
  if (!bytes && bytes.error().kind == ErrorKind::absent) return lock;
  if (!bytes) return std::unexpected(std::move(bytes.error()));
  lock.exists = true;
  lock.text = std::move(*bytes);
  lock.reading = document::read(lock.text, scope.lock_file);
  return lock;
}

Result<document::Document> require_lock(const Workspace& workspace, const Scope& scope) {
  auto lock = read_lock(workspace, scope);
  if (!lock) return std::unexpected(std::move(lock.error()));
  if (!lock->exists) {
    return fail(ErrorKind::configuration, "there is no " + scope.lock_file, "run `lock update` to write it");
  }
  return document::sound(std::move(lock->reading));
}

}  // namespace lock::ops
