// images.lock of a scope on disk.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lockfile/document/read.hpp"
#include "lockfile/ops/workspace.hpp"
#include "resolver/base/error.hpp"
#include "resolver/image/finding.hpp"

namespace lock::ops {

inline constexpr std::size_t most_lock_bytes = std::size_t{64} << 20;

struct LockFile {
  bool exists = false;
  std::string text;
  document::Reading reading;  // empty when the file does not exist
};

// Errors: the file is there and cannot be read (`io`, `limit`).
[[nodiscard]] Result<LockFile> read_lock(const Workspace& workspace, const Scope& scope);

// The locks of all scopes, for checks that report what is wrong in them rather than stop at it.
struct LocksToCheck {
  std::vector<document::Document> documents;
  std::vector<image::Finding> findings;
  std::size_t entries = 0;
};

// Errors: no scope has a lock (`configuration`), or one cannot be read from disk.
[[nodiscard]] Result<LocksToCheck> read_locks_to_check(const Workspace& workspace);

struct ScopeLock {
  const Scope* scope = nullptr;
  document::Document document;
};

// The locks of all scopes that have one, whole, for deeds that only look at them. A scope without images has no lock
// and needs none. Errors: no scope has a lock, or one of them is broken (`configuration`).
[[nodiscard]] Result<std::vector<ScopeLock>> require_locks(const Workspace& workspace);

}  // namespace lock::ops
