// `lock pin` and `lock unpin`: write the locked digests into the sources, or take them out. Every other byte stays.
//
// Each file is read again, edited in memory, collected again and compared: only when exactly the places that were meant
// say exactly what was meant, and no other place changed, is it written. A file that changed since the scan is left
// alone. Writes are atomic. No registry is asked.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "lockfile/ops/scan.hpp"
#include "lockfile/ops/workspace.hpp"
#include "resolver/base/bytes.hpp"
#include "resolver/base/error.hpp"

namespace lock::ops {

struct PinOptions {
  std::vector<std::string> images;  // references or globs; empty: all
  bool dry_run = false;             // for --check and --diff: say what would be written
};

// A place that says something else now.
struct PinnedPlace {
  std::string reference;  // canonical, as it was
  std::string digest;     // put in, or taken out
  Place place;
};

// A place that could not be written, and why.
struct KeptPlace {
  std::string reference;
  std::string reason;
  Place place;
};

struct ChangedFile {
  std::string file;
  Bytes before;
  Bytes after;
};

struct PinResult {
  std::vector<PinnedPlace> changed;  // by file and place, as are the others
  std::vector<KeptPlace> kept;
  std::vector<ChangedFile> files;
  std::size_t unchanged = 0;  // places that said so already
};

// Errors: `usage` for a name that nothing has, `configuration` for a lock that is missing or broken, `io`.
[[nodiscard]] Result<PinResult> pin(const Workspace& workspace, const Scan& scan, const PinOptions& options);

// No lock is needed. A digest that stands without a tag is kept, with that as its reason.
[[nodiscard]] Result<PinResult> unpin(const Workspace& workspace, const Scan& scan, const PinOptions& options);

}  // namespace lock::ops
