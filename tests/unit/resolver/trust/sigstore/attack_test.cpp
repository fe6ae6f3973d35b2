// The attack table of tests/support/trust/attacks.hpp, judged by the step that refuses.
#include <gtest/gtest.h>

#include "resolver/base/encoding.hpp"
#include "resolver/trust/sigstore/verify.hpp"
#include "tests/support/trust/attacks.hpp"

namespace lock::trust::sigstore {
namespace {

namespace json = boost::json;
using test::Recipe;
using test::Scene;

std::string judge(const Scene& scene) {
  const auto root = TrustedRoot::parse(json::serialize(scene.root), "test", "root.json");
  if (!root) return "read-trusted-root (invalid)";
  const auto bundle = parse_bundle(json::serialize(scene.bundle));
  Outcome outcome = std::unexpected(Refusal{Step::read_bundle, image::SignatureState::invalid, ""});
  if (!bundle) {
    outcome = std::unexpected(refusal_of(Step::read_bundle, bundle.error()));
  } else {
    Policy policy{.root = root->get(), .key = {}, .require_log_for_key = scene.require_log};
    if (scene.trusted_key) policy.key = crypto::PublicKey::from_spki(scene.trusted_key->spki()).value();
    outcome = verify(
        *bundle, {.bytes = scene.artifact, .digest = base::hash(base::HashAlgorithm::sha256, scene.artifact)}, policy);
  }
  if (outcome) return "verified";
  return std::string(name_of(outcome.error().step)) + " (" + std::string(image::name_of(outcome.error().state)) + ")";
}

void run(const std::vector<test::Attack>& attacks) {
  for (const test::Attack& attack : attacks) {
    SCOPED_TRACE(attack.name);
    EXPECT_EQ(judge(test::stage(attack.green)), "verified") << "the green sibling";
    EXPECT_EQ(judge(test::stage_red(attack)), attack.expected);
  }
}

TEST(SigstoreAttack, Binding) { run(test::binding_attacks()); }
TEST(SigstoreAttack, Time) { run(test::time_attacks()); }
TEST(SigstoreAttack, TransparencyLog) { run(test::transparency_log_attacks()); }
TEST(SigstoreAttack, CertificateProfile) { run(test::certificate_profile_attacks()); }
TEST(SigstoreAttack, Identity) { run(test::identity_attacks()); }
TEST(SigstoreAttack, Crypto) { run(test::crypto_attacks()); }
TEST(SigstoreAttack, Instances) { run(test::instance_attacks()); }

// Every key that may sign, on both paths.
TEST(SigstoreAttack, EveryKindOfKey) {
  const std::vector<test::Key> keys{test::Key::ecdsa("P-256"), test::Key::ecdsa("P-384"), test::Key::ecdsa("P-521"),
                                    test::Key::rsa(2048)};
  const base::HashAlgorithm hashes[] = {base::HashAlgorithm::sha256, base::HashAlgorithm::sha384,
                                        base::HashAlgorithm::sha512, base::HashAlgorithm::sha256};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto key = crypto::PublicKey::from_spki(keys[i].spki()).value();
    const Bytes signature = keys[i].sign("message", hashes[i]);
    EXPECT_TRUE(crypto::verify_signature(key, crypto::registered_scheme(key.kind()), "message", signature)) << i;
    EXPECT_EQ(crypto::verify_signature(key, crypto::registered_scheme(key.kind()), "other", signature).error().message,
              "the signature is not one of this key over these bytes");
  }
}

TEST(SigstoreAttack, ExpectedIdentityIsComparedExactly) {
  const auto bundle = parse_bundle(json::serialize(json::value(test::this_world().sign({})))).value();
  const auto root =
      TrustedRoot::parse(json::serialize(json::value(test::this_world().trusted_root())), "test", "root.json").value();
  const Bytes message = Recipe().message;
  const auto verified = verify(bundle, {.bytes = message, .digest = base::hash(base::HashAlgorithm::sha256, message)},
                               {.root = root.get(), .key = {}});
  ASSERT_TRUE(verified);
  const Identity right{"https://token.example", std::string(test::kSubject)};
  EXPECT_TRUE(check_identity(*verified, right));
  EXPECT_EQ(check_identity(*verified, {"https://token.exampl", right.subject}).error().reason,
            "the certificate's issuer is `https://token.example`, expected `https://token.exampl`");
  EXPECT_EQ(check_identity(*verified, {right.issuer, "https://github.com/acme/base"}).error().reason,
            "the certificate's subject is `" + right.subject + "`, expected `https://github.com/acme/base`");
}

}  // namespace
}  // namespace lock::trust::sigstore
