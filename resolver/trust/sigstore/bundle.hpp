// Sigstore bundles v0.1 to v0.3: sigstore/protobuf-specs sigstore_bundle.proto, sigstore_rekor.proto; client-spec.md
// section 5. Reading is strict (message.hpp), and what a reader can know to be wrong without any key is refused here:
// an unknown media type, an empty chain, a root certificate inside the bundle, a missing inclusion proof or promise.
//
// A Bundle is what somebody wrote, nothing of it is verified. The older layout of cosign is turned into the same type
// (cosign.hpp), so that there is one verifier.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "resolver/base/bytes.hpp"
#include "resolver/base/error.hpp"
#include "resolver/base/hash.hpp"
#include "resolver/trust/crypto/certificate.hpp"
#include "resolver/trust/crypto/dsse.hpp"

namespace lock::trust::sigstore {

struct InclusionProof {
  std::uint64_t index = 0;
  std::uint64_t size = 0;
  Bytes root;
  std::vector<Bytes> hashes;
  std::string checkpoint;  // signed note; empty when there is none
};

struct LogEntry {
  std::uint64_t index = 0;  // in the whole log, over all its shards
  Bytes log_id;
  std::string kind;                  // "hashedrekord"
  std::string version;               // "0.0.1"
  std::int64_t integrated_time = 0;  // a claim until `promise` verified; 0 when there is none
  std::optional<Bytes> promise;      // signed entry timestamp
  std::optional<InclusionProof> proof;
  Bytes body;
};

struct MessageSignature {
  // A hint by its specification ("an unauthenticated digest"); one that contradicts the artifact is still an error.
  struct MessageDigest {
    base::HashAlgorithm algorithm;
    Bytes digest;
  };
  std::optional<MessageDigest> digest;
  Bytes signature;
};

struct Bundle {
  enum class Version : std::uint8_t { v0_1, v0_2, v0_3, cosign };  // cosign: annotations of a tag-based layer
  Version version = Version::v0_3;
  std::variant<MessageSignature, crypto::Envelope> content;
  std::vector<crypto::Certificate> certificates;  // leaf first; empty when a key made the signature
  std::vector<LogEntry> entries;
  std::vector<Bytes> timestamps;  // DER TimeStampResp

  [[nodiscard]] const Bytes& signature() const;
};

[[nodiscard]] std::string_view name_of(Bundle::Version version);  // "sigstore bundle v0.3", "cosign signature"

// At most 32 MiB: an envelope may carry an attestation.
[[nodiscard]] Result<Bundle> parse_bundle(std::string_view json);

// "SHA2_256" and so on, sigstore_common.proto HashAlgorithm.
[[nodiscard]] std::optional<base::HashAlgorithm> hash_algorithm_of(std::string_view name);

}  // namespace lock::trust::sigstore
