// images.lock of a scope on disk.
#pragma once

#include <optional>
#include <string>

#include "lockfile/document/read.hpp"
#include "lockfile/ops/workspace.hpp"
#include "resolver/base/error.hpp"

namespace lock::ops {

struct LockFile {
  bool exists = false;
  std::string text;
  document::Reading reading;  // empty when the file does not exist
};

// Errors: the file is there and cannot be read (`io`, `limit`).
[[nodiscard]] Result<LockFile> read_lock(const Workspace& workspace, const Scope& scope);

// A lock that must be whole, for deeds that only show it. Missing or broken: ErrorKind::configuration.
[[nodiscard]] Result<document::Document> require_lock(const Workspace& workspace, const Scope& scope);

}  // namespace lock::ops
