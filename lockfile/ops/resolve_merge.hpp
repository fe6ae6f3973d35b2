// `lock merge --resolve`: mend an images.lock that git could not merge, from the three versions in git's index.
//
// What both sides agree on is merged; then the lock is brought in line with the merged tree as `lock update` does, with
// the entries that are undecided resolved anew. One that cannot be resolved now is left out, so that `verify` says that
// its image is not locked: neither side's digest is taken because the other one could not be asked for.
#pragma once

#include <string>

#include "lockfile/ops/scan.hpp"
#include "lockfile/ops/update.hpp"
#include "lockfile/ops/workspace.hpp"
#include "resolver/base/error.hpp"
#include "resolver/image/registry.hpp"
#include "resolver/tree/listing.hpp"

namespace lock::ops {

// `file` is one lock, relative to the root; empty: every lock that is unmerged. Errors: `configuration` when none is,
// when a version in the index is no sound lock, or when other files that count are unmerged too (what the tree names is
// not known before); `io` when git cannot be asked; those of `update`.
[[nodiscard]] Result<UpdateResult> resolve_merge(const Workspace& workspace, const tree::Listing& listing,
                                                 const Scan& scan, const std::string& file, image::Registry& registry,
                                                 image::SignatureVerifier& verifier);

}  // namespace lock::ops
