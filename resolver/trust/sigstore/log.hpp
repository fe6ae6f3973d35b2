// What a transparency log signed: the promise of Rekor v1 (signed entry timestamp) and the checkpoint over a tree that
// holds the entry. Nothing here looks into an entry's body; see entry.hpp.
#pragma once

#include "resolver/base/error.hpp"
#include "resolver/trust/sigstore/bundle.hpp"
#include "resolver/trust/sigstore/trusted_root.hpp"

namespace lock::trust::sigstore {

// The log of the root that the entry names by its id. ErrorKind::absent: none.
[[nodiscard]] Result<const Log*> find_log(const LogEntry& entry, const TrustedRoot& root);

// rekor-spec.md: the promise is a signature over canonical JSON of body, integratedTime, logID and logIndex.
// Afterwards, and only then, `integrated_time` is a time.
[[nodiscard]] Result<void> verify_promise(const LogEntry& entry, const Log& log);

// RFC 6962 section 2.1.1: the entry's leaf is in the tree whose root and size the proof states.
[[nodiscard]] Result<void> verify_inclusion(const LogEntry& entry, const InclusionProof& proof);

// The proof's root and size are those of its checkpoint, and the log signed that. Other signatures (witnesses, or a
// second one by the log that does not verify) are allowed and count for nothing.
[[nodiscard]] Result<void> verify_checkpoint(const InclusionProof& proof, const Log& log);

}  // namespace lock::trust::sigstore
