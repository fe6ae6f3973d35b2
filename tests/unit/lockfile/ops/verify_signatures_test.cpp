// Each answer about a signer, by the check and whether it is undetermined; every bad one beside a good one that differs
// in one place.
#include <gtest/gtest.h>

#include "lockfile/ops/verify.hpp"
#include "tests/support/tree_world.hpp"

namespace lock::ops {
namespace {

using image::SignatureState;
using test::key_signer;
using test::refused;
using test::show;
using test::TreeWorld;
using test::workflow;

constexpr std::string_view kSettings = R"([signer.a]
kind = "sigstore"
issuer = "https://token.example"
subject = "https://ci.example/a.yml@refs/tags/*"
[signer.b]
kind = "sigstore"
issuer = "https://token.example"
subject = "https://ci.example/b.yml@refs/tags/*"
[signer.any]
kind = "sigstore"
issuer = "https://token.example"
subject = "https://ci.example/**"
)";

class SignatureWorld : public ::testing::Test {
 protected:
  std::string verify() { return show(verify_signatures(world.workspace, world.scan, world.verifier).value()); }
  // "check severity", a line each; with "?" in front when undetermined.
  std::string checks() {
    constexpr std::string_view severities[] = {"error", "warning", "note"};
    const Verification result = verify_signatures(world.workspace, world.scan, world.verifier).value();
    std::string text;
    for (const auto& one : result.findings) {
      text += one.check + " " + std::string(severities[static_cast<std::size_t>(one.severity)]) + "\n";
    }
    for (const auto& one : result.undetermined) text += "?" + one.finding.check + "\n";
    return text;
  }
  void lock_signed_by(const std::vector<image::Signer>& signers) {
    for (const image::Signer& signer : signers) world.verifier.sign(nginx, signer);
    world.add("Dockerfile:1", "nginx:1");
    world.update();
    world.verifier.forget(nginx);
    world.verifier.asked.clear();
  }
  void rule(std::string_view text) {
    world.settle(std::string(kSettings) + "[[rule]]\nimages = [\"docker.io/library/nginx\"]\n" + std::string(text));
  }

  TreeWorld world;
  image::Digest nginx = world.registry.add_index("nginx:1", {"linux/amd64"});
};

TEST_F(SignatureWorld, AnImageThatHasNothingToLoseIsNotAskedAbout) {
  lock_signed_by({});
  EXPECT_EQ(verify(), "");
  EXPECT_TRUE(world.verifier.asked.empty());
}

TEST_F(SignatureWorld, ARecordedSignerIsVerifiedAgain) {
  lock_signed_by({workflow("a")});
  world.verifier.sign(nginx, workflow("a"));
  const Verification result = verify_signatures(world.workspace, world.scan, world.verifier).value();
  EXPECT_EQ(show(result), "");
  EXPECT_EQ(result.checked.signatures, 1U);
  EXPECT_EQ(world.verifier.asked.size(), 1U);
}

TEST_F(SignatureWorld, ALostSignerIsSaidWithWhoAndWhatIsThere) {
  lock_signed_by({workflow("a")});
  EXPECT_EQ(verify(),
            "Dockerfile:1:1: error[signer-lost]: nginx:1 is no longer signed by "
            "https://ci.example/a.yml@refs/tags/v1 (issuer https://token.example, trust root public-good)\n"
            "  reference: docker.io/library/nginx:1\n  digest: " +
                nginx.text() +
                "\n  expected: https://ci.example/a.yml@refs/tags/v1 (issuer https://token.example, trust root "
                "public-good)\n  actual: no signature\n"
                "  hint: `lock signers nginx:1` shows what is there\n");
}

struct Case {
  const char* name;
  std::vector<image::Signer> recorded;
  std::function<void(test::MemoryVerifier&, const image::Digest&)> there;
  std::string_view checks;
};

TEST_F(SignatureWorld, EveryAnswerAboutARecordedSignerIsApart) {
  using V = test::MemoryVerifier;
  using D = image::Digest;
  const auto old_root = [](image::Signer signer) {
    signer.root = "other";
    return signer;
  };
  for (const Case& row : std::vector<Case>{
           {"there", {workflow("a")}, [](V& v, const D& d) { v.sign(d, workflow("a")); }, ""},
           {"there, at another ref",
            {workflow("a")},
            [](V& v, const D& d) { v.sign(d, workflow("a", "refs/tags/v9")); },
            ""},
           {"gone", {workflow("a")}, [](V&, const D&) {}, "signer-lost error\n"},
           {"only an SBOM by the same",
            {workflow("a")},
            [](V& v, const D& d) { v.attest(d, workflow("a"), "https://spdx.dev/Document"); },
            "signer-lost error\n"},
           {"an SBOM beside the signature",
            {workflow("a")},
            [](V& v, const D& d) {
              v.sign(d, workflow("a"));
              v.attest(d, workflow("a"), "https://spdx.dev/Document");
            },
            ""},
           {"cosign v3's predicate is a signature",
            {workflow("a")},
            [](V& v, const D& d) { v.attest(d, workflow("a"), image::cosign_sign_predicate); },
            ""},
           {"somebody else",
            {workflow("a")},
            [](V& v, const D& d) { v.sign(d, workflow("b")); },
            "signer-changed error\nsigner-new note\n"},
           {"the same name under another trust root",
            {workflow("a")},
            [old_root](V& v, const D& d) { v.sign(d, old_root(workflow("a"))); },
            "signer-changed error\nsigner-new note\n"},
           {"one more",
            {workflow("a")},
            [](V& v, const D& d) {
              v.sign(d, workflow("a"));
              v.sign(d, workflow("b"));
            },
            "signer-new note\n"},
           {"one of two is gone",
            {workflow("a"), workflow("b")},
            [](V& v, const D& d) { v.sign(d, workflow("b")); },
            "signer-changed error\n"},
           {"invalid, and claims to be the one",
            {workflow("a")},
            [](V& v, const D& d) { v.add(d, refused(SignatureState::invalid, "a")); },
            "signature-invalid error\nsignature-invalid warning\n"},
           {"invalid, and claims to be another",
            {workflow("a")},
            [](V& v, const D& d) { v.add(d, refused(SignatureState::invalid, "b")); },
            "signature-invalid warning\nsigner-lost error\n"},
           {"invalid, and cannot be read",
            {workflow("a")},
            [](V& v, const D& d) { v.add(d, refused(SignatureState::invalid)); },
            "signature-invalid error\nsignature-invalid warning\n"},
           {"invalid beside the good one",
            {workflow("a")},
            [](V& v, const D& d) {
              v.sign(d, workflow("a"));
              v.add(d, refused(SignatureState::invalid, "a"));
            },
            "signature-invalid warning\n"},
           {"untrusted",
            {workflow("a")},
            [](V& v, const D& d) { v.add(d, refused(SignatureState::untrusted, "a")); },
            "signature-untrusted error\nsignature-untrusted note\n"},
           {"untrusted beside the good one",
            {workflow("a")},
            [](V& v, const D& d) {
              v.sign(d, workflow("a"));
              v.add(d, refused(SignatureState::untrusted, "b"));
            },
            "signature-untrusted note\n"},
           {"unsupported",
            {workflow("a")},
            [](V& v, const D& d) { v.add(d, refused(SignatureState::unsupported, "a")); },
            "signature-unsupported note\n?signature-unsupported\n"},
           {"a place could not be read",
            {workflow("a")},
            [](V& v, const D& d) { v.fail_place(d, ErrorKind::unreachable); },
            "?signer-lost\n"},
           {"a place could not be read, the good one is there",
            {workflow("a")},
            [](V& v, const D& d) {
              v.sign(d, workflow("a"));
              v.fail_place(d, ErrorKind::unreachable);
            },
            "signature-undetermined warning\n"},
           {"a cap was reached",
            {workflow("a")},
            [](V& v, const D& d) { v.add(d, refused(SignatureState::undetermined, "b")); },
            "?signer-lost\n"},
           {"the key", {key_signer("k")}, [](V& v, const D& d) { v.sign(d, key_signer("k")); }, ""},
           {"another key",
            {key_signer("k")},
            [](V& v, const D& d) { v.add(d, refused(SignatureState::untrusted)); },
            "signature-untrusted error\nsignature-untrusted note\n"},
           {"the key, no longer in a log",
            {key_signer("k", true)},
            [](V& v, const D& d) { v.sign(d, key_signer("k")); },
            "signer-changed error\nsigner-new note\n"},
           {"a certificate where a key was",
            {key_signer("k")},
            [](V& v, const D& d) { v.add(d, refused(SignatureState::untrusted, "a")); },
            "signature-untrusted note\nsigner-lost error\n"},
       }) {
    SCOPED_TRACE(row.name);
    world.forget();
    std::filesystem::remove(world.folder.path() / "images.lock");
    lock_signed_by(row.recorded);
    row.there(world.verifier, nginx);
    EXPECT_EQ(checks(), row.checks) << verify();
    world.verifier.forget(nginx);
  }
}

struct RuleCase {
  const char* name;
  std::string_view rule;
  std::vector<image::Signer> there;
  std::string_view checks;
};

TEST_F(SignatureWorld, RulesAskForAllForAnyAndForSeveralDistinctSigners) {
  for (const RuleCase& row : std::vector<RuleCase>{
           {"the one", "signers = [\"a\"]", {workflow("a")}, ""},
           {"nobody", "signers = [\"a\"]", {}, "unsigned error\n"},
           {"another", "signers = [\"a\"]", {workflow("b")}, "signer-missing error\n"},
           {"a branch for a tag", "signers = [\"a\"]", {workflow("a", "refs/heads/main")}, "signer-missing error\n"},
           {"all", "signers = [\"a\", \"b\"]", {workflow("a"), workflow("b")}, ""},
           {"one of all", "signers = [\"a\", \"b\"]", {workflow("a")}, "signer-missing error\n"},
           {"any", "any-of = [\"a\", \"b\"]", {workflow("b")}, ""},
           {"none of any", "any-of = [\"a\", \"b\"]", {workflow("c")}, "signer-missing error\n"},
           {"two of three", "any-of = [\"a\", \"b\", \"any\"]\nthreshold = 2", {workflow("a"), workflow("c")}, ""},
           {"one twice is one",
            "any-of = [\"a\", \"any\"]\nthreshold = 2",
            {workflow("a"), workflow("a", "refs/tags/v2")},
            "signer-missing error\n"},
           {"a wide name does not take a narrow one's signer",
            "any-of = [\"any\", \"a\"]\nthreshold = 2",
            {workflow("a"), workflow("b")},
            ""},
           {"a rule for others",
            "signers = [\"a\"]\n[[rule]]\nimages = [\"docker.io/library/redis\"]\nsigners = [\"b\"]",
            {workflow("a")},
            ""},
           {"two rules",
            "signers = [\"a\"]\n[[rule]]\nimages = [\"docker.io/**\"]\nsigners = [\"b\"]",
            {workflow("a")},
            "signer-missing error\n"},
       }) {
    SCOPED_TRACE(row.name);
    rule(row.rule);
    world.forget();
    std::filesystem::remove(world.folder.path() / "images.lock");
    world.verifier.forget(nginx);
    for (const image::Signer& signer : row.there) world.verifier.sign(nginx, signer);
    world.add("Dockerfile:1", "nginx:1");
    const bool said = show(world.update()).find("error[") != std::string::npos;
    EXPECT_EQ(said, !row.checks.empty()) << "an update says it too";
    EXPECT_EQ(checks(), row.checks) << verify();
  }
}

TEST_F(SignatureWorld, TheRuleThatDecidesIsNamed) {
  lock_signed_by({});
  rule("any-of = [\"a\", \"b\"]\nthreshold = 2");
  EXPECT_EQ(verify(),
            "Dockerfile:1:1: error[unsigned]: nginx:1 is not signed by 2 of a, b (0 are there), as the rule in "
            "images.toml:13 asks\n  reference: docker.io/library/nginx:1\n  digest: " +
                nginx.text() + "\n  expected: 2 of a, b (0 are there)\n  actual: no signature\n" +
                "  hint: `lock signers nginx:1` shows what is there\n");
}

TEST_F(SignatureWorld, AnExceptionMakesItANote) {
  lock_signed_by({});
  world.settle(std::string(kSettings) +
               "[[rule]]\nimages = [\"docker.io/library/nginx\"]\nsigners = [\"a\"]\n"
               "[[accept]]\ncheck = \"unsigned\"\nimages = [\"docker.io/library/nginx\"]\nreason = \"ticket 7\"\n"
               "until = 2026-11-24\n");
  EXPECT_EQ(checks(), "unsigned note\n");
  world.workspace.today += std::chrono::days(1);
  EXPECT_EQ(checks(), "unsigned error\n");
}

TEST_F(SignatureWorld, ARuleThatMatchesNothingIsSaidByTheTree) {
  lock_signed_by({});
  world.settle(std::string(kSettings) + "[[rule]]\nimages = [\"docker.io/library/ngnix\"]\nsigners = [\"a\"]\n");
  EXPECT_EQ(show(verify_tree(world.workspace, world.scan).value()),
            "images.toml:13:1: warning[rule-unused]: this rule matches no locked image\n"
            "  hint: its globs see canonical names, as `lock list --report json` shows them\n");
  rule("signers = [\"a\"]");
  EXPECT_EQ(show(verify_tree(world.workspace, world.scan).value()), "");
}

TEST_F(SignatureWorld, AnOldTrustRootIsSaid) {
  lock_signed_by({workflow("a")});
  world.verifier.sign(nginx, workflow("a"));
  world.verifier.to_note = {"the built-in trusted root is old"};
  EXPECT_EQ(checks(), "trusted-root-old note\n");
}

}  // namespace
}  // namespace lock::ops
