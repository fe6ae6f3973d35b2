// The verifier: one signature, one trust root, one answer. Steps in the order of sigstore/architecture-docs
// client-spec.md section 4; the first that fails ends it, and the answer says which one that was and why.
//
// Time is never read from a clock: a signature is judged at the times that a timestamp authority or a log vouch for.
// All functions are thread-safe and ask no network.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/image/signature.hpp"
#include "resolver/trust/crypto/key.hpp"
#include "resolver/trust/in_toto/statement.hpp"
#include "resolver/trust/sigstore/bundle.hpp"
#include "resolver/trust/sigstore/entry.hpp"
#include "resolver/trust/sigstore/trusted_root.hpp"

namespace lock::trust::sigstore {

enum class Step : std::uint8_t {
  read_bundle,            // 4.1, 5   the bundle follows its format
  read_trusted_root,      // 4.1      so does the trust root
  choose_verifier,        // 4.1      a key where a key signed, an identity where a certificate did
  timestamp,              // 4.2.1    RFC 3161, over the signature's bytes
  entry_timestamp,        // 4.2.2    Rekor v1's promise
  signing_time,           // 4.2      at least one time is vouched for
  certificate_profile,    // 4.3      a code signing certificate with one identity and its issuer
  certificate_path,       // 4.3      to an authority of the root, at every time
  certificate_timestamp,  // 4.3      SCT of a CT log of the root
  log_presence,           // 4.4      there is an entry where the policy asks for one
  log_key,                // 4.4      its log is in the root, and was at the time
  inclusion_proof,        // 4.4, RFC 6962 2.1.1
  checkpoint,             // 4.4, rekor-v2-spec.md 7.2
  entry_binding,          // 4.4      the entry is about this signature, this key, this content
  message_digest,         // 4.5      the bundle's digest is the artifact's
  signature,              // 4.5
  statement,              // 4.5      the envelope holds an in-toto statement
  statement_subject,      // 4.5      about this artifact
  identity,               // 4.3      and the signer is the one expected
};

[[nodiscard]] std::string_view name_of(Step step);  // "certificate-path", as `lock signers` prints it

struct Refusal {
  Step step;
  image::SignatureState state;  // invalid, untrusted or unsupported
  std::string reason;
};

// The identity in a certificate: what it says, until a Verified holds it.
struct Identity {
  std::string issuer;
  std::string subject;
  std::string source_repository;  // extension .1.12, where CI says what it built; empty without it
};

struct Verified {
  std::optional<Identity> identity;             // when a certificate signed
  std::optional<crypto::PublicKey> key;         // when a key did
  bool logged = false;                          // an entry of a log of the root is bound to it
  std::vector<crypto::Time> times;              // vouched for; may be empty for a key
  std::optional<in_toto::Statement> statement;  // when an envelope was signed
};

using Outcome = std::expected<Verified, Refusal>;

// Exactly one: whoever holds the identity that the certificate states, to be compared by the caller; or this key.
struct Policy {
  const TrustedRoot* root = nullptr;  // required for certificates; for keys it lets a log entry count
  std::optional<crypto::PublicKey> key;
  bool require_log_for_key = false;
  // What the statement of an envelope must be about; the artifact itself unless given.
};

[[nodiscard]] Outcome verify(const Bundle& bundle, const Artifact& artifact, const Policy& policy,
                             std::optional<BytesView> envelope_bytes = std::nullopt);

// The one subject alternative name and the OIDC issuer (extension .1.8, or the old .1.1 without it). Read from an
// unverified certificate it is a claim.
[[nodiscard]] Result<Identity> read_identity(const crypto::Certificate& leaf);

// Exact comparison, for callers that know whom they expect.
[[nodiscard]] std::expected<void, Refusal> check_identity(const Verified& verified, const Identity& expected);

[[nodiscard]] Refusal refusal_of(Step step, const Error& error);

}  // namespace lock::trust::sigstore
