// `lock pin` and `lock unpin`: write the locked digests into the sources, or take them out. Every other byte stays.
//
// Each file is read again, edited in memory, collected again and compared: only when exactly the places that were meant
// say exactly what was meant, and no other place changed, is it written. A file that changed since the scan is left
// alone. Writes are atomic. No registry is asked.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lockfile/ops/editing.hpp"
#include "lockfile/ops/open.hpp"
#include "lockfile/ops/scan.hpp"
#include "resolver/base/error.hpp"
#include "resolver/image/finding.hpp"

namespace lock::ops {

struct PinOptions {
  // References, globs over images, files, folders; empty: all. Images narrow to images, files and folders to places;
  // both together to what both name. A word that begins with '.' or '/' or names what is on disk is a path.
  std::vector<std::string> targets;
  std::filesystem::path start = ".";  // where paths are relative to
  bool dry_run = false;               // for --check and --diff: say what would be written
};

struct PinResult : EditingResult {
  std::vector<image::Finding> findings;           // image-not-locked, and what the scan found
  std::vector<image::Undetermined> undetermined;  // source-changed, and what the scan could not read
};

// The scan is that of the whole scope, whatever the targets. Errors: `usage` for a name that nothing has, or that both
// an image and a file have; `configuration` for a lock that is missing or broken; `io`.
[[nodiscard]] Result<PinResult> pin(const Opened& opened, const Scan& scan, const PinOptions& options);

// No lock is needed. A digest that stands without a tag is kept, with that as its reason.
[[nodiscard]] Result<PinResult> unpin(const Opened& opened, const Scan& scan, const PinOptions& options);

}  // namespace lock::ops
