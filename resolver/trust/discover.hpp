// Where signatures of an image lie in its repository, and what is there: referrers (the API, or the fallback tag: the
// registry's business) and cosign's tags `.sig` and `.att`. Every manifest is opened; the artifact type in an index is
// never what decides (sigstore/cosign#4641), and neither is anybody's media type alone. Nothing is verified here but
// that bytes have the digest they were asked by.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/image/registry.hpp"
#include "resolver/trust/budget.hpp"
#include "resolver/trust/sigstore/cosign.hpp"

namespace lock::trust {

// One signature as it lies there.
struct Candidate {
  enum class Form : std::uint8_t { bundle, signature_layer, attestation_layer };
  Form form = Form::bundle;
  std::string location;
  sigstore::Annotations annotations;  // of a layer; a bundle needs none
  Document document;                  // whose bytes it is in
};

struct Found {
  std::vector<Candidate> candidates;  // of one image, sorted by location
  std::vector<std::string> foreign;   // referrers that name another image as their subject: locations
  std::vector<Error> undetermined;    // a place that could not be asked, a cap that was reached
};

// Limits for one image. A limit that is reached is undetermined, never "there is no more".
inline constexpr std::size_t most_manifests = 200;
inline constexpr std::size_t most_layers = 200;
inline constexpr std::size_t most_payload_bytes = std::size_t{4} << 20;
inline constexpr std::size_t most_envelope_bytes = std::size_t{32} << 20;

// So many manifests are held at once.
inline constexpr std::size_t manifests_at_once = 100;

// In two waves, and one for each `manifests_at_once` manifests. Every subject has a digest.
[[nodiscard]] std::vector<Found> discover(std::span<const image::Reference> subjects, image::Registry& registry);

// The bytes of all candidates of these images, in their order: one wave, and one more for each doubling of size of what
// is large; those of one image within the budget of budget.hpp.
[[nodiscard]] std::vector<std::vector<Result<image::VerifiedBytes>>> fetch_candidates(std::span<const Found> images,
                                                                                      image::Registry& registry);

}  // namespace lock::trust
