// A verifier in memory that remembers what it was asked. Unless told otherwise an image is proven unsigned.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/image/signature.hpp"

namespace lock::test {

class MemoryVerifier final : public image::SignatureVerifier {
 public:
  // A verified signature of the digest.
  void sign(const image::Digest& digest, image::Signer signer);
  // One that is not: what it claims, and why it counts for nobody.
  void add(const image::Digest& digest, image::SignatureReport report);
  void attest(const image::Digest& digest, image::Signer signer, std::string_view predicate_type);
  // A place that could not be asked.
  void fail_place(const image::Digest& digest, ErrorKind kind);
  void forget(const image::Digest& digest) { surveys_.erase(digest); }

  std::vector<std::string> asked;  // "docker.io/library/nginx@sha256:…"
  std::vector<std::string> to_note;

  [[nodiscard]] std::vector<image::SignatureSurvey> survey(std::span<const image::Reference> subjects) override;
  [[nodiscard]] std::vector<std::string> notes() const override { return to_note; }

 private:
  image::SignatureSurvey& of(const image::Digest& digest);
  std::map<image::Digest, image::SignatureSurvey> surveys_;
};

// Signers for tests: a workflow of CI at a git ref, and keys.
[[nodiscard]] image::Signer workflow(std::string_view name, std::string_view ref = "refs/tags/v1");
[[nodiscard]] image::Signer key_signer(std::string_view salt, bool log = false);
// A signature that does not verify and claims a workflow's identity; without a name it claims nothing.
[[nodiscard]] image::SignatureReport refused(image::SignatureState state, std::string_view workflow_name = {});

}  // namespace lock::test
