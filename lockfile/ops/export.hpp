// `lock export`: what the lock says, as a file of another tool, so that the sources can stay as they are.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "lockfile/ops/scan.hpp"
#include "lockfile/ops/workspace.hpp"
#include "resolver/base/error.hpp"
#include "resolver/image/finding.hpp"

namespace lock::ops {

struct ExportOptions {
  std::string format;   // a row of exchange::exporters()
  bool chosen = false;  // the scan was kept to places that somebody named: their files go together
};

struct ExportResult {
  std::string text;
  std::size_t images = 0;                // pins in it
  std::vector<image::Finding> findings;  // image-not-locked, not-exported, and what the scan said
  std::vector<image::Undetermined> undetermined;
};

// No registry is asked, nothing is written. Errors: `usage` for an unknown format, or when no place is one of the
// format's, or too many files are; `configuration` for a lock that is missing or broken.
[[nodiscard]] Result<ExportResult> export_lock(const Workspace& workspace, const Scan& scan,
                                               const ExportOptions& options);

}  // namespace lock::ops
