// Cosign's tag-based layout (sigstore/cosign specs/SIGNATURE_SPEC.md): an image manifest under the tag
// `sha256-<hex>.sig` or `.att`, whose layers are one signature each, with certificate, log entry and timestamp in
// annotations. A layer is turned into a Bundle, so that there is one verifier; layers lend each other nothing.
//
// The specification's prose and its example name the certificate's annotation differently; the example is what cosign
// writes.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "resolver/base/bytes.hpp"
#include "resolver/base/error.hpp"
#include "resolver/image/digest.hpp"
#include "resolver/trust/sigstore/bundle.hpp"

namespace lock::trust::sigstore {

inline constexpr std::string_view simple_signing_media_type = "application/vnd.dev.cosign.simplesigning.v1+json";
inline constexpr std::string_view envelope_media_type = "application/vnd.dsse.envelope.v1+json";

using Annotations = std::map<std::string, std::string>;

// `.sig`: the signature stands in an annotation and is over the layer's bytes.
[[nodiscard]] Result<Bundle> read_signature_layer(const Annotations& annotations);

// `.att`: the layer is a DSSE envelope.
[[nodiscard]] Result<Bundle> read_attestation_layer(const Annotations& annotations, BytesView layer);

// Whether a simple signing payload is about this image. `docker-reference` is whatever the signer called the image and
// is not compared: cosign does not, and a mirror has another name. ErrorKind::unsupported for another payload type,
// mismatch for another image.
[[nodiscard]] Result<void> check_simple_signing(BytesView payload, const image::Digest& subject);

}  // namespace lock::trust::sigstore
