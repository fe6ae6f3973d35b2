// Finds every statement of SLSA provenance about an image and says of each, by itself, what binds it to the image:
//
// - a signature: Sigstore bundles and cosign's `.att` tag, found and verified by a SignatureVerifier;
// - the image index: BuildKit puts attestation manifests into the index that it builds (moby/buildkit
//   docs/attestations/attestation-storage.md). Nobody signed them, but they are part of what the index's digest covers:
//   whoever may be believed about the digest may be believed about them.
//
// What counts, and what the statements say, is for the caller to judge.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/image/registry.hpp"
#include "resolver/image/signature.hpp"
#include "resolver/trust/in_toto/provenance.hpp"

namespace lock::trust {

// At most so many attestation manifests of one index and statements in all of them are read, within the budget of
// budget.hpp. What is left over is undetermined.
inline constexpr std::size_t most_attestation_manifests = 200;
inline constexpr std::size_t most_index_statements = 50;

struct ProvenanceReport {
  std::string format;    // "sigstore bundle v0.3", "cosign attestation", "attestation manifest"
  std::string location;  // the digest of the manifest that carries it, or a tag and the layer's place
  image::Digest about;   // the image, or one platform's manifest of it
  bool in_index = false;
  image::SignatureState state = image::SignatureState::undetermined;  // verified: bound to `about`, and can be read
  std::optional<image::Signer> signer;                                // exactly when verified by a signature
  std::string claimed_signer;                     // when not verified: who the certificate says it was; may be empty
  std::string reason;                             // when not verified
  std::optional<in_toto::Provenance> provenance;  // exactly when verified
};

// One platform's manifest of an index, or the image itself where there is no index.
struct ProvenanceUnit {
  std::string platform;  // empty: not known
  image::Digest digest;
};

struct ProvenanceSurvey {
  std::vector<ProvenanceUnit> units;  // in the index's order; at least one
  std::vector<ProvenanceReport> reports;
  std::vector<Error> undetermined;  // places that could not be asked, caps that were reached
};

// `platforms` are those that matter; empty, or none of them in the index: all. Platforms are asked for signatures one
// by one only where no signature about the whole image is by somebody who `counts`. Errors: the image's own manifest
// could not be had or read.
[[nodiscard]] Result<ProvenanceSurvey> survey_provenance(const image::Reference& image,
                                                         const std::vector<image::Platform>& platforms,
                                                         const std::function<bool(const image::Signer&)>& counts,
                                                         image::Registry& registry, image::SignatureVerifier& verifier);

}  // namespace lock::trust
