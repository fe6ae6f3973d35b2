// Who vouches for a digest: the words that trust, policy and the lock share, and the interface between them.
//
// A Signer is an identity that verified cryptographically against a trust root; nothing else is ever put into that type
// by the verifiers of resolver/trust/. Everything that was merely read stands in strings called `claimed_…`. A
// signature covers a digest, never a tag.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/image/digest.hpp"
#include "resolver/image/reference.hpp"

namespace lock::image {

struct Signer {
  enum class Kind : std::uint8_t { sigstore, cosign_key, notation, content_trust };
  Kind kind = Kind::sigstore;
  std::string root;    // sigstore: "public-good" or a name from images.toml; notation: "ca:acme"; content-trust: key id
  std::string issuer;  // sigstore: the OIDC issuer
  std::string subject;  // sigstore: the subject alternative name; notation: the distinguished name
  std::string key;      // cosign-key: "sha256:" and the hex of the SPKI's SHA-256
  std::string role;     // content-trust
  bool log = false;     // cosign-key: a transparency log of the trust root backed the signature
  friend auto operator<=>(const Signer&, const Signer&) = default;
};

// The trust root that is built into the program; a `trusted-root` file may not take its name.
inline constexpr std::string_view public_good_root = "public-good";

[[nodiscard]] std::string_view name_of(Signer::Kind kind);  // "cosign-key", as images.lock spells it
[[nodiscard]] std::string describe(const Signer& signer);   // one line for people

// Whether `fresh` is still the signer that was `held`: the same root, issuer and subject without the git ref that CI
// systems put behind it (`…/release.yml@refs/tags/v1.2.3`), the same key. A signature by key that a log backed is not
// continued by one without.
[[nodiscard]] bool continues(const Signer& held, const Signer& fresh);

// What `[signer.*]` of images.toml asks for. Empty members match everything, except that an identity of kind sigstore
// must be named by issuer and subject: one without the other vouches for nobody.
struct SignerPattern {
  Signer::Kind kind = Signer::Kind::sigstore;
  std::string root;
  std::string issuer;   // exact
  std::string subject;  // glob of resolver/base/glob.hpp: `*` stops at `/`
  std::string key;
  std::string role;
  bool require_log = false;
};

[[nodiscard]] bool matches(const SignerPattern& pattern, const Signer& signer);

enum class SignatureState : std::uint8_t {
  verified,
  invalid,       // the bytes are there and verification says no
  untrusted,     // made by, or vouched for by, somebody whom no configured trust root knows
  unsupported,   // algorithm or format that this program cannot judge
  undetermined,  // could not be read: network, a cap that was reached
};

[[nodiscard]] std::string_view name_of(SignatureState state);

// One signature that was found, by itself: a bad one beside a good one stays visible, and a good one lends it nothing.
struct SignatureReport {
  std::string format;    // "sigstore bundle v0.3", "cosign signature", "cosign attestation"
  std::string location;  // where it lies: the digest of the manifest that carries it, or a tag and the layer's digest
  SignatureState state = SignatureState::undetermined;
  std::optional<Signer> signer;  // exactly when verified
  // What the signature says: empty for an image signature in cosign's simple signing format, else the predicate type of
  // the in-toto statement. An SBOM by the same signer is no image signature.
  std::string predicate_type;
  std::string step;            // when not verified: the verification step that failed, a fixed word
  std::string reason;          // when not verified: what was expected and what was found
  std::string claimed_issuer;  // as the certificate states it, whether or not it verified
  std::string claimed_subject;
  std::string claimed_predicate_type;  // when not verified: what an envelope says it holds
  // When verified, and SLSA provenance: the in-toto statement that the signature covers, and what the certificate says
  // about where it was built from (empty: nothing).
  std::string statement;
  std::string source_repository;

  // Whether it is a statement about the image as such: simple signing, or cosign v3's `sign/v1` predicate.
  [[nodiscard]] bool is_image_signature() const;
};

inline constexpr std::string_view cosign_sign_predicate = "https://sigstore.dev/cosign/sign/v1";

// Everything that was found for one digest.
struct SignatureSurvey {
  Digest subject;
  std::vector<SignatureReport> signatures;  // in a fixed order, whatever the network's was
  bool proven_unsigned = false;             // every place where signatures may lie said "not there"
  std::vector<Error> undetermined;          // places that could not be asked, caps that were reached
};

// Implementations are chosen in cli/assemble.cpp; they know trust roots and keys from configuration. One survey a
// subject, in the order of the subjects; every subject has a digest.
class SignatureVerifier {
 public:
  SignatureVerifier() = default;
  SignatureVerifier(const SignatureVerifier&) = delete;
  SignatureVerifier& operator=(const SignatureVerifier&) = delete;
  virtual ~SignatureVerifier() = default;
  [[nodiscard]] virtual std::vector<SignatureSurvey> survey(std::span<const Reference> subjects) = 0;
  // What there is to know about the trust roots that the surveys so far relied on, a sentence each: that one is old.
  [[nodiscard]] virtual std::vector<std::string> notes() const = 0;
};

}  // namespace lock::image
