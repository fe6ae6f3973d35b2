#include "tests/support/memory_verifier.hpp"

namespace lock::test {

image::SignatureSurvey& MemoryVerifier::of(const image::Digest& digest) {
  return surveys_.try_emplace(digest, image::SignatureSurvey{digest, {}, false, {}}).first->second;
}

void MemoryVerifier::sign(const image::Digest& digest, image::Signer signer) { attest(digest, std::move(signer), {}); }

void MemoryVerifier::attest(const image::Digest& digest, image::Signer signer, std::string_view predicate_type) {
  image::SignatureReport report;
  report.format = "cosign signature";
  report.location = "place " + std::to_string(of(digest).signatures.size() + 1);
  report.state = image::SignatureState::verified;
  report.predicate_type = predicate_type;
  report.claimed_issuer = signer.issuer;
  report.claimed_subject = signer.subject;
  report.signer = std::move(signer);
  of(digest).signatures.push_back(std::move(report));
}

void MemoryVerifier::add(const image::Digest& digest, image::SignatureReport report) {
  if (report.location.empty()) report.location = "place " + std::to_string(of(digest).signatures.size() + 1);
  of(digest).signatures.push_back(std::move(report));
}

void MemoryVerifier::fail_place(const image::Digest& digest, ErrorKind kind) {
  of(digest).undetermined.push_back(fail(kind, "asking for the referrers: no answer").error());
}

std::vector<image::SignatureSurvey> MemoryVerifier::survey(std::span<const image::Reference> subjects) {
  std::vector<image::SignatureSurvey> out;
  for (const image::Reference& subject : subjects) {
    asked.push_back(subject.canonical());
    const auto known = surveys_.find(*subject.digest());
    out.push_back(known == surveys_.end() ? image::SignatureSurvey{*subject.digest(), {}, true, {}} : known->second);
    out.back().proven_unsigned = out.back().signatures.empty() && out.back().undetermined.empty();
  }
  return out;
}

image::Signer workflow(std::string_view name, std::string_view ref) {
  image::Signer signer;
  signer.root = image::public_good_root;
  signer.issuer = "https://token.example";
  signer.subject = "https://ci.example/" + std::string(name) + ".yml@" + std::string(ref);
  return signer;
}

image::Signer key_signer(std::string_view salt, bool log) {
  image::Signer signer;
  signer.kind = image::Signer::Kind::cosign_key;
  signer.key = image::Digest::sha256_of(salt).text();
  signer.log = log;
  return signer;
}

image::SignatureReport refused(image::SignatureState state, std::string_view workflow_name) {
  image::SignatureReport report;
  report.format = "sigstore bundle v0.3";
  report.state = state;
  report.step = "signature";
  report.reason = "it is not over this content";
  if (!workflow_name.empty()) {
    report.claimed_issuer = workflow(workflow_name).issuer;
    report.claimed_subject = workflow(workflow_name).subject;
  }
  return report;
}

}  // namespace lock::test
