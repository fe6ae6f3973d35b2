// `lock apply`: rendered manifests in, the same bytes with the locked digests out. No socket, no tree, no clock but for
// exceptions.
//
// A tag means the digest of its entry; a digest that stands there already is checked. What goes out is judged as
// `verify --rendered` judges it, so what passes here passes there.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "lockfile/ops/editing.hpp"
#include "lockfile/ops/rendered.hpp"
#include "lockfile/ops/workspace.hpp"
#include "resolver/base/error.hpp"

namespace lock::ops {

struct ApplyOptions {
  bool allow_unlocked = false;  // images that the lock does not hold pass, with a warning
};

// A place into which a digest was written. `place` is that of the text that came in.
struct AppliedPlace : PinnedPlace {
  std::string written;
  std::string path;  // JSON Pointer
};

struct ApplyResult {
  std::vector<RenderedText> texts;    // in the order of the input
  std::vector<AppliedPlace> changed;  // by file and place
  VerifyCounts checked;
  std::vector<image::Finding> findings;  // places are those of the texts that go out
  std::vector<image::Undetermined> undetermined;
};

// Errors: `usage` when there is no text at all; `configuration` for a lock that is missing or broken.
[[nodiscard]] Result<ApplyResult> apply(const Workspace& workspace, const std::vector<RenderedText>& texts,
                                        const ApplyOptions& options);

}  // namespace lock::ops
