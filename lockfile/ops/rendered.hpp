// `lock verify --rendered`: what is about to be deployed, against the locks. No socket, no tree, no clock but for
// exceptions.
//
// In rendered manifests nothing is unresolved and nothing is ignored: every image carries a digest; with a tag written
// it is the digest of that tag's entry, else any of the repository. The digest of one platform of a locked index
// counts, with a note. The prefix of a configured mirror stands for its registry.
#pragma once

#include <vector>

#include "lockfile/ops/rendered_text.hpp"
#include "lockfile/ops/verify.hpp"

namespace lock::ops {

// Checks: unpinned-image, image-not-locked, digest-differs, platform-digest, possible-image, and those of a broken
// lock. Text that cannot be parsed is undetermined. Errors: those of
// `read_rendered_images`; a lock that is missing or cannot be read.
[[nodiscard]] Result<Verification> verify_rendered(const Workspace& workspace, const std::vector<RenderedText>& texts);

}  // namespace lock::ops
