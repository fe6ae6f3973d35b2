// Bodies of transparency log entries, and the question that most published verifier bugs failed to ask: is this entry
// about *this* signature? (CVE-2022-23649, CVE-2022-36056, CVE-2026-22703.)
//
// Types: rekor-spec.md section 1.1 (hashedrekord 0.0.1, dsse 0.0.1, intoto 0.0.1 and 0.0.2) and rekor-v2-spec.md
// section 4.3 (hashedrekord 0.0.2; dsse 0.0.2, Rekor v2's first form for envelopes).
#pragma once

#include <optional>
#include <string_view>

#include "resolver/base/bytes.hpp"
#include "resolver/base/error.hpp"
#include "resolver/trust/crypto/certificate.hpp"
#include "resolver/trust/sigstore/bundle.hpp"

namespace lock::trust::sigstore {

// What was signed, as far as it is here: for images the bytes are a manifest that was fetched, or a signature payload.
struct Artifact {
  std::optional<BytesView> bytes;
  base::HashAlgorithm algorithm = base::HashAlgorithm::sha256;
  Bytes digest;  // raw, by `algorithm`
};

// What the entry must be about. `envelope_bytes` are the envelope as it was uploaded, known only in cosign's tag-based
// layout; the old intoto 0.0.1 records nothing else of the signature.
struct SignedContent {
  const Bundle& bundle;
  const Artifact& artifact;
  const crypto::Certificate* certificate = nullptr;  // exactly one of
  const crypto::PublicKey* key = nullptr;            // the two
  std::optional<BytesView> envelope_bytes;
};

// Signature, certificate or key, and hash of the entry are those of the content (client-spec.md section 4.4), and the
// entry's own kind and version those that the bundle claims. Errors: malformed body, unsupported kind or hash,
// mismatch.
[[nodiscard]] Result<void> check_entry_binding(const LogEntry& entry, const SignedContent& content);

// Entries of Rekor v2 carry no time and no promise.
[[nodiscard]] bool is_rekor_v2(const LogEntry& entry);

// The hash of the artifact by `algorithm`; nullopt when only another one is known.
[[nodiscard]] std::optional<Bytes> artifact_hash(const Artifact& artifact, base::HashAlgorithm algorithm);

}  // namespace lock::trust::sigstore
