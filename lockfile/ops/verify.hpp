// `lock verify`: is this exactly what was reviewed?
//
// Questions, kept apart. `tree`: does the lock match the tree? No socket, no clock. `registry`: is what is locked still
// there, and do the tags that a pipeline would pull still name it? `signatures`: did those sign it whom the lock and
// the rules name? And `verify_rendered` (rendered.hpp).
#pragma once

#include <cstddef>
#include <vector>

#include "lockfile/ops/scan.hpp"
#include "lockfile/ops/workspace.hpp"
#include "resolver/base/error.hpp"
#include "resolver/image/registry.hpp"
#include "resolver/image/signature.hpp"

namespace lock::ops {

struct VerifyCounts {
  std::size_t entries = 0;      // in the locks
  std::size_t occurrences = 0;  // of images in the tree that were compared with them
  std::size_t tags = 0;         // asked
  std::size_t digests = 0;      // asked for: indexes, and manifests of used platforms
  std::size_t signatures = 0;   // images whose signers were verified again
  std::size_t objects = 0;      // images in rendered manifests
  std::size_t statements = 0;   // of provenance that count
  std::size_t materials = 0;    // in them
};

struct Verification {
  VerifyCounts checked;
  std::vector<image::Finding> findings;
  std::vector<image::Undetermined> undetermined;
};

// The lock against the tree and the rules: lock-*, seal-broken, image-not-locked, entry-unused, pins-differ,
// rule-unused, and what the scan found. Errors: a lock that is there and cannot be read from disk.
[[nodiscard]] Result<Verification> verify_tree(const Workspace& workspace, const Scan& scan);

// What is locked against the registries: digest-gone, platform-gone, digest-only-at-mirror, digest-mismatch, tag-moved,
// tag-gone. The scan says where a digest is in force. Entries that cannot be read are verify_tree's to report.
[[nodiscard]] Result<Verification> verify_registry(const Workspace& workspace, const Scan& scan,
                                                   image::Registry& registry);

// Every signature verified again: signer-lost, signer-changed, signer-missing, unsigned, signature-*, signer-new. Asked
// about are the entries that the lock says are signed and those of which a rule asks it: the others have nothing to
// lose. With a verifier that has no network, what is not at hand is undetermined.
[[nodiscard]] Result<Verification> verify_signatures(const Workspace& workspace, const Scan& scan,
                                                     image::SignatureVerifier& verifier);

// Adds the second to the first and sorts.
void append(Verification& to, Verification&& from);

}  // namespace lock::ops
