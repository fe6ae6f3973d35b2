#include "resolver/image/signature.hpp"

#include "resolver/base/glob.hpp"

namespace lock::image {

std::string_view name_of(Signer::Kind kind) {
  switch (kind) {
    case Signer::Kind::sigstore: return "sigstore";
    case Signer::Kind::cosign_key: return "cosign-key";
    case Signer::Kind::notation: return "notation";
    case Signer::Kind::content_trust: return "content-trust";
  }
  return "?";
}

std::string_view name_of(SignatureState state) {
  switch (state) {
    case SignatureState::verified: return "verified";
    case SignatureState::invalid: return "invalid";
    case SignatureState::untrusted: return "untrusted";
    case SignatureState::unsupported: return "unsupported";
    case SignatureState::undetermined: return "undetermined";
  }
  return "?";
}

std::string describe(const Signer& signer) {
  switch (signer.kind) {
    case Signer::Kind::sigstore:
      return signer.subject + " (issuer " + signer.issuer + ", trust root " + signer.root + ")";
    case Signer::Kind::cosign_key:
      return "key " + signer.key + (signer.log ? " (in a transparency log)" : " (not in a transparency log)");
    case Signer::Kind::notation: return signer.subject + " (trust store " + signer.root + ")";
    case Signer::Kind::content_trust: return "role " + signer.role + " (root key " + signer.root + ")";
  }
  return {};
}

namespace {
// GitHub Actions and GitLab write the workflow's path and `@refs/heads/…` or `@refs/tags/…` behind it.
std::string_view without_ref(std::string_view subject) {
  const std::size_t at = subject.rfind("@refs/");
  return at == subject.npos ? subject : subject.substr(0, at);
}
}  // namespace

bool continues(const Signer& held, const Signer& fresh) {
  return held.kind == fresh.kind && held.root == fresh.root && held.issuer == fresh.issuer && held.key == fresh.key &&
         held.role == fresh.role && without_ref(held.subject) == without_ref(fresh.subject) && (fresh.log || !held.log);
}

bool matches(const SignerPattern& pattern, const Signer& signer) {
  if (pattern.kind != signer.kind) return false;
  if (!pattern.root.empty() && pattern.root != signer.root) return false;
  switch (pattern.kind) {
    case Signer::Kind::sigstore:
      return !pattern.issuer.empty() && !pattern.subject.empty() && pattern.issuer == signer.issuer &&
             base::glob_matches(pattern.subject, signer.subject);
    case Signer::Kind::cosign_key:
      return !pattern.key.empty() && pattern.key == signer.key && (signer.log || !pattern.require_log);
    case Signer::Kind::notation:
      return !pattern.root.empty() && !pattern.subject.empty() && pattern.subject == signer.subject;
    case Signer::Kind::content_trust:
      return !pattern.root.empty() && (pattern.role.empty() || pattern.role == signer.role);
  }
  return false;
}

bool SignatureReport::is_image_signature() const {
  return predicate_type.empty() || predicate_type == cosign_sign_predicate;
}

}  // namespace lock::image
