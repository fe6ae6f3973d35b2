// Finds every signature of an image and says of each, by itself, who made it or why it counts for nothing: the
// SignatureVerifier of image/signature.hpp for Sigstore bundles and cosign's older layout.
//
// Keyless signatures are tried under every trusted root, signatures by keys under every key. The network part runs on
// the calling thread in waves, the cryptography on a pool. No clock: signatures are judged at the times that logs and
// timestamp authorities vouch for. Images are taken in batches, so that memory does not grow with their number.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "resolver/image/registry.hpp"
#include "resolver/image/signature.hpp"
#include "resolver/trust/anchors.hpp"
#include "resolver/trust/discover.hpp"

namespace lock::trust {

// At most so many signatures of one image are verified. Those that claim an identity which somebody asks for come
// first, so that junk cannot crowd out the real one; what is left over is reported as undetermined.
inline constexpr std::size_t most_attempts = 50;

class Examiner final : public image::SignatureVerifier {
 public:
  // `registry` must outlive the examiner. `wanted` decides the order of attempts and nothing else. `built_in_note` is
  // said once a certificate was judged: then the built-in root was tried.
  Examiner(image::Registry& registry, Anchors anchors, std::vector<image::SignerPattern> wanted, std::size_t threads,
           std::string built_in_note = {});
  [[nodiscard]] std::vector<image::SignatureSurvey> survey(std::span<const image::Reference> subjects) override;
  [[nodiscard]] std::vector<std::string> notes() const override;

 private:
  // Of a batch, whose signatures are held while it lasts: a survey each.
  void examine(std::span<const image::Reference> subjects, std::span<const Found> found,
               std::vector<image::SignatureSurvey>& out);

  image::Registry& registry_;
  Anchors anchors_;
  std::vector<image::SignerPattern> wanted_;
  std::size_t threads_;
  std::string built_in_note_;
  bool judged_certificates_ = false;
};

}  // namespace lock::trust
