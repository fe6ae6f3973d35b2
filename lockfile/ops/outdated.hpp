// `lock outdated`: has a tag moved? One HEAD a tag; a manifest is fetched, and signatures are looked for, only where
// one did.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "lockfile/ops/workspace.hpp"
#include "resolver/base/error.hpp"
#include "resolver/image/finding.hpp"
#include "resolver/image/registry.hpp"
#include "resolver/image/signature.hpp"

namespace lock::ops {

struct OutdatedImage {
  std::string lock_file;
  std::string reference;  // the key of the entry
  std::string locked;     // digests
  std::string current;
  std::vector<std::string> platforms_added;  // which the new one has and the locked one lacks, as text, sorted
  std::vector<std::string> platforms_removed;
  std::vector<image::Signer> signers_locked;   // as the lock records them
  std::vector<image::Signer> signers_current;  // of the new one; those of the lock that go on, and others; sorted
};

struct OutdatedResult {
  std::vector<OutdatedImage> images;     // those that moved; sorted by lock file and reference
  std::size_t asked = 0;                 // tags
  std::vector<image::Finding> findings;  // tag-gone, digest-mismatch
  std::vector<image::Undetermined> undetermined;
};

// Errors: a lock that is missing or broken (`configuration`).
[[nodiscard]] Result<OutdatedResult> outdated(const Workspace& workspace, image::Registry& registry,
                                              image::SignatureVerifier& verifier);

}  // namespace lock::ops
