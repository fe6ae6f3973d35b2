// The attack table of the bundle verifier through the whole program: the bundle of each row lies beside an image in an
// OCI layout, a trusted root of our own is named in images.toml, and a rule asks for the signer. The green sibling is
// locked and verified first; then its one place is changed, and `lock verify` must end with the check and the status
// that follow. tests/cases/sigstore/ATTACKS.md says which row of the field's attack table is shown where.
#include <gtest/gtest.h>

#include "tests/support/trust/attacks.hpp"
#include "tests/support/trust/signed_tree.hpp"

namespace lock {
namespace {

namespace json = boost::json;
using test::Attack;
using test::Scene;
using test::SignedRegistry;

using test::SignedTree;
using test::VerifyAnswer;

void show(const Scene& scene, SignedTree& tree) {
  SignedRegistry registry;
  registry.add_blob(std::string(test::kImageConfig));
  const auto image = registry.add_manifest(scene.artifact);
  registry.tag("1", image);
  registry.attach_bundle(image, json::serialize(scene.bundle));
  tree.serve(registry);
  tree.file("root.json", json::serialize(scene.root));
  std::string text, names;
  for (const std::string subject : {"https://github.com/acme/**", "jo@example.com", "jo!example.com"}) {
    const std::string name = "s" + std::to_string(names.size());
    text += "[signer." + name + "]\nkind = \"sigstore\"\ntrusted-root = \"root.json\"\nissuer = " +
            "\"https://token.example\"\nsubject = \"" + subject + "\"\n";
    names += (names.empty() ? "\"" : ", \"") + name + "\"";
  }
  if (scene.trusted_key) {
    tree.file("ours.pub", scene.trusted_key->pem());
    text += "[signer.ours]\nkind = \"cosign-key\"\nkey = \"ours.pub\"\n";
    if (!scene.require_log) text += "log = false\n";
    names = "\"ours\"";
  }
  tree.settings(text + "[[rule]]\nimages = [\"**\"]\nany-of = [" + names + "]\n");
}

// What the verifier's answer comes to.
VerifyAnswer outcome_of(const std::string& expected) {
  if (expected == "verified") return {0, {}};
  if (expected.ends_with("(untrusted)")) return {1, "signature-untrusted"};
  if (expected.ends_with("(unsupported)")) return {3, "signature-unsupported"};
  return {1, "signature-invalid"};
}

// `otherwise`: rows in which the program says something else than the step alone would.
void run(const std::vector<Attack>& attacks, const std::map<std::string, VerifyAnswer>& otherwise = {}) {
  std::size_t used = 0;
  for (const Attack& attack : attacks) {
    SCOPED_TRACE(attack.name);
    SignedTree tree;
    show(test::stage(attack.green), tree);
    EXPECT_EQ(tree.verify_anew(), (VerifyAnswer{0, {}})) << "the green sibling";
    const Scene red = test::stage_red(attack);
    show(red, tree);
    const auto other = otherwise.find(attack.name);
    used += other != otherwise.end() ? 1 : 0;
    if (attack.expected.starts_with("read-trusted-root")) {
      const VerifyAnswer refused = tree.verify();
      EXPECT_TRUE(refused.status == 2 && refused.check.contains("root.json")) << refused;
      continue;
    }
    const VerifyAnswer expected = other != otherwise.end() ? other->second : outcome_of(attack.expected);
    // Another identity or another artifact is none of the locked image's; all else is held against the lock.
    const bool anew = expected.status == 0 || red.artifact != Scene().artifact;
    EXPECT_EQ(anew ? tree.verify_anew() : tree.verify(), expected);
  }
  EXPECT_EQ(used, otherwise.size());
}

TEST(SignatureAttack, Binding) { run(test::binding_attacks()); }
TEST(SignatureAttack, Time) { run(test::time_attacks()); }
TEST(SignatureAttack, TransparencyLog) { run(test::transparency_log_attacks()); }
TEST(SignatureAttack, CertificateProfile) { run(test::certificate_profile_attacks()); }
TEST(SignatureAttack, Instances) { run(test::instance_attacks()); }

TEST(SignatureAttack, Identity) {
  // Verified, and by nobody whom the rule means.
  run(test::identity_attacks(), {{"certificate where a key is expected", {1, "signer-missing"}}});
}

TEST(SignatureAttack, Crypto) {
  // By no key that is configured: nobody can tell whether it was changed or is a stranger's.
  const VerifyAnswer stranger{1, "signature-untrusted"};
  run(test::crypto_attacks(), {{"another key", stranger},
                               {"r and s for DER", stranger},
                               {"key without log entry, another signature", stranger},
                               {"key without log entry, bytes after the signature", stranger},
                               // Its hash is not one that this key signs.
                               {"another curve", {3, "signature-unsupported"}},
                               // The lock holds a signer that a log backed.
                               {"key without log entry where one is asked for", {1, "signer-changed"}}});
}

}  // namespace
}  // namespace lock
