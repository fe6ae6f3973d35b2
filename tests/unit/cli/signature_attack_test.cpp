// The attack table of the bundle verifier through the whole program: the bundle of each row lies beside an image in an
// OCI layout, a trusted root of our own is named in images.toml, and a rule asks for the signer. The green sibling is
// locked and verified first; then its one place is changed, and `lock verify` must end with the check and the status
// that follow. tests/cases/signatures/CASES.md says which row of the field's attack table is shown where.
#include <gtest/gtest.h>

#include "tests/support/command.hpp"
#include "tests/support/temporary_tree.hpp"
#include "tests/support/trust/attacks.hpp"
#include "tests/support/trust/signed_registry.hpp"

namespace lock {
namespace {

namespace json = boost::json;
using test::Attack;
using test::Scene;
using test::SignedRegistry;

struct Answer {
  int status = -1;
  std::string check;  // of the first error, else of the first thing undetermined; what the message says on status 2
  friend bool operator==(const Answer&, const Answer&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Answer& answer) {
    return out << answer.status << " " << answer.check;
  }
};

Answer answer_of(const test::Ran& ran) {
  if (ran.status == 2) return {2, ran.err.contains("root.json") ? "root.json" : ran.err};
  if (ran.status == 0) return {0, {}};
  const json::value document = json::parse(ran.out);
  for (const json::value& finding : document.at("findings").as_array()) {
    if (finding.at("severity") == "error") return {ran.status, std::string(finding.at("check").as_string())};
  }
  for (const json::value& question : document.at("undetermined").as_array()) {
    return {ran.status, std::string(question.at("check").as_string())};
  }
  return {ran.status, ran.out + ran.err};
}

// A tree with one image, and the layout that its registry is.
class SignedTree {
 public:
  SignedTree() { tree_.file("tree/Dockerfile", "FROM registry.example/acme/base:1\n"); }

  void show(const Scene& scene) {
    std::filesystem::remove_all(tree_ / "layout");
    SignedRegistry registry;
    registry.add_blob(std::string(test::kImageConfig));
    const auto image = registry.add_manifest(scene.artifact);
    registry.tag("1", image);
    registry.attach_bundle(image, json::serialize(scene.bundle));
    registry.write_layout(tree_ / "layout");
    tree_.file("tree/root.json", json::serialize(scene.root));
    std::string text = "[registry.\"registry.example\"]\nlayout = \"../layout\"\n";
    std::string names;
    for (const std::string subject : {"https://github.com/acme/**", "jo@example.com", "jo!example.com"}) {
      const std::string name = "s" + std::to_string(names.size());
      text += "[signer." + name + "]\nkind = \"sigstore\"\ntrusted-root = \"root.json\"\nissuer = " +
              "\"https://token.example\"\nsubject = \"" + subject + "\"\n";
      names += (names.empty() ? "\"" : ", \"") + name + "\"";
    }
    if (scene.trusted_key) {
      tree_.file("tree/ours.pub", scene.trusted_key->pem());
      text += "[signer.ours]\nkind = \"cosign-key\"\nkey = \"ours.pub\"\n";
      if (!scene.require_log) text += "log = false\n";
      names = "\"ours\"";
    }
    tree_.file("tree/images.toml", text + "[[rule]]\nimages = [\"**\"]\nany-of = [" + names + "]\n");
  }

  // The image is locked whoever signed it: what verify says is asked.
  Answer verify_anew() {
    std::filesystem::remove(tree_ / "tree/images.lock");
    static_cast<void>(run({"update"}));
    return verify();
  }
  Answer verify() { return answer_of(run({"--report", "json", "verify", "--only", "signatures"})); }

 private:
  test::Ran run(std::vector<std::string> arguments) {
    return test::run_lock(tree_ / "tree", tree_ / "cache", std::move(arguments));
  }
  support::TemporaryTree tree_;
};

// What the verifier's answer comes to.
Answer outcome_of(const std::string& expected) {
  if (expected == "verified") return {0, {}};
  if (expected.starts_with("read-trusted-root")) return {2, "root.json"};
  if (expected.ends_with("(untrusted)")) return {1, "signature-untrusted"};
  if (expected.ends_with("(unsupported)")) return {3, "signature-unsupported"};
  return {1, "signature-invalid"};
}

// `otherwise`: rows in which the program says something else than the step alone would.
void run(const std::vector<Attack>& attacks, const std::map<std::string, Answer>& otherwise = {}) {
  std::size_t used = 0;
  for (const Attack& attack : attacks) {
    SCOPED_TRACE(attack.name);
    SignedTree tree;
    tree.show(test::stage(attack.green));
    EXPECT_EQ(tree.verify_anew(), (Answer{0, {}})) << "the green sibling";
    const Scene red = test::stage_red(attack);
    tree.show(red);
    const auto other = otherwise.find(attack.name);
    used += other != otherwise.end() ? 1 : 0;
    const Answer expected = other != otherwise.end() ? other->second : outcome_of(attack.expected);
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

TEST(SignatureAttack, Identity) {
  // Verified, and by nobody whom the rule means.
  run(test::identity_attacks(), {{"certificate where a key is expected", {1, "signer-missing"}}});
}

TEST(SignatureAttack, Crypto) {
  // By no key that is configured: nobody can tell whether it was changed or is a stranger's.
  const Answer stranger{1, "signature-untrusted"};
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
