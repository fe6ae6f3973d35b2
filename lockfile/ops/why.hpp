// `lock why`: every place that brings an image or a digest in.
#pragma once

#include <string>
#include <vector>

#include "lockfile/ops/scan.hpp"
#include "lockfile/ops/workspace.hpp"
#include "resolver/base/error.hpp"

namespace lock::ops {

// An entry that no file brings in, but a rendering.
struct RenderedEntry {
  std::string lock_file;
  image::Reference reference;
};

struct WhyResult {
  std::string reference;  // what was asked for, canonical, or the digest
  std::vector<const image::Occurrence*>
      occurrences;  // of the scan, by file and place; ignored and first-party ones too
  std::vector<RenderedEntry> rendered;
};

// `asked` is a reference (without a tag: every tag of the repository), a glob, or a digest: of an entry, of one of its
// platforms, or as written in a file. Errors: `usage` when nothing brings it in, or it is neither.
[[nodiscard]] Result<WhyResult> why(const Workspace& workspace, const Scan& scan, const std::string& asked);

}  // namespace lock::ops
