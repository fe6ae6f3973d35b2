// What an update does about signers: records, adopts, keeps the old digest, says why.
#include <gtest/gtest.h>

#include "tests/support/tree_world.hpp"

namespace lock::ops {
namespace {

using image::SignatureState;
using test::key_signer;
using test::refused;
using test::show;
using test::TreeWorld;
using test::workflow;

class SigningWorld : public ::testing::Test {
 protected:
  // The lines of images.lock that say who signed.
  std::string signatures() {
    std::string out;
    const std::string text = world.lock();
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      const std::string line = text.substr(at, end - at + 1);
      if (line.starts_with("sign") || line.starts_with("  {")) out += line;
      at = end + 1;
    }
    return out;
  }
  image::Digest move(std::string_view salt) { return world.registry.add_index("nginx:1", {"linux/amd64"}, salt); }
  UpdateResult upgrade() { return world.update({.images = {}, .upgrade = true}); }
  bool holds(const image::Digest& digest) { return world.lock().find(digest.text()) != std::string::npos; }

  TreeWorld world;
  image::Digest first = move("1");
};

TEST_F(SigningWorld, WhoSignedIsAdoptedWhenARepositoryIsFirstLocked) {
  world.verifier.sign(first, workflow("a"));
  world.verifier.sign(first, key_signer("k", true));
  world.verifier.attest(first, workflow("sbom"), "https://spdx.dev/Document");
  world.add("Dockerfile:1", "nginx:1");
  const UpdateResult result = world.update();
  EXPECT_EQ(signatures(),
            "signers = [\n"
            "  { kind = \"sigstore\", root = \"public-good\", issuer = \"https://token.example\", subject = "
            "\"https://ci.example/a.yml@refs/tags/v1\" },\n"
            "  { kind = \"cosign-key\", key = \"" +
                key_signer("k").key + "\", log = true },\n");
  ASSERT_EQ(result.changes.size(), 1U);
  EXPECT_EQ(result.changes[0].new_signers.size(), 2U);
  EXPECT_EQ(show(result.findings), "");
  EXPECT_EQ(world.verifier.asked, std::vector<std::string>{"docker.io/library/nginx@" + first.text()});
  world.verifier.asked.clear();
  EXPECT_TRUE(world.update().changes.empty());
  EXPECT_TRUE(world.verifier.asked.empty()) << "what is known is not asked for again";
}

TEST_F(SigningWorld, AbsenceIsWrittenOnlyWhenItIsProven) {
  world.add("Dockerfile:1", "nginx:1");
  world.update();
  EXPECT_EQ(signatures(), "signatures = \"unsigned\"\n");
  const image::Digest redis = world.registry.add_image("redis:7", "linux/amd64", "redis");
  world.verifier.fail_place(redis, ErrorKind::refused);
  world.add("Dockerfile:2", "redis:7");
  EXPECT_EQ(show(world.update().undetermined),
            "undetermined: Dockerfile:2:1: warning[signature-undetermined]: cannot see everybody who signed redis:7\n"
            "  reference: docker.io/library/redis:7\n  digest: " +
                redis.text() +
                "\n  hint: run `lock update redis:7` when it can be read\n"
                "  cause: asking for the referrers: no answer\n");
  EXPECT_EQ(signatures(), "signatures = \"unsigned\"\n");
  const image::Digest node = world.registry.add_image("node:22", "linux/amd64", "node");
  world.verifier.add(node, refused(SignatureState::untrusted));
  world.add("Dockerfile:3", "node:22");
  EXPECT_EQ(show(world.update().findings),
            "Dockerfile:3:1: note[signature-untrusted]: node:22: place 1 failed at signature: it is not over this "
            "content\n  reference: docker.io/library/node:22\n  digest: " +
                node.text() + "\n");
  EXPECT_EQ(signatures(), "signatures = \"unsigned\"\nsignatures = \"unrecognized\"\n");
}

// A broken seal is an invitation to resolve the image anew; it makes nobody forget who signed it.
TEST_F(SigningWorld, ABrokenSealDoesNotMakeTheLockForget) {
  world.verifier.sign(first, workflow("a"));
  world.add("Dockerfile:1", "nginx:1");
  world.update();
  move("2");
  world.edit_lock("seal = \"", "seal = \"0");
  const std::string broken = world.lock();
  for (int round = 0; round < 2; ++round) {
    const UpdateResult result = world.update({.images = {"nginx:1"}});
    ASSERT_EQ(result.findings.size(), 1U);
    EXPECT_EQ(result.findings[0].check, "signer-lost");
    EXPECT_TRUE(result.changes.empty());
    EXPECT_EQ(world.lock(), broken);
  }
  world.registry.fail_host("docker.io", ErrorKind::unreachable);
  EXPECT_EQ(world.update({.images = {"nginx:1"}}).undetermined.size(), 1U);
  EXPECT_EQ(world.lock(), broken) << "nor does a registry that does not answer";
}

TEST_F(SigningWorld, ABrokenSealIsMendedWhenWhoSignedStillDoes) {
  world.verifier.sign(first, workflow("a"));
  world.add("Dockerfile:1", "nginx:1");
  world.update();
  const std::string good = world.lock();
  world.edit_lock("seal = \"", "seal = \"0");
  EXPECT_EQ(show(world.update({.images = {"nginx:1"}}).findings), "");
  EXPECT_EQ(world.lock(), good);
}

// Two entries of one image, the first with nobody in it: whom the second names is held all the same.
TEST_F(SigningWorld, ASecondEntryDoesNotMakeTheLockForget) {
  world.add("Dockerfile:1", "nginx:1");
  world.update();
  const std::string without = world.lock();
  std::filesystem::remove(world.folder.path() / "images.lock");
  world.verifier.sign(first, workflow("a"));
  world.update();
  const std::string with = world.lock();
  const std::string both = without + with.substr(with.find("[[image]]"));
  world.folder.write("images.lock", both);
  const image::Digest second = move("2");
  ASSERT_EQ(world.update({.images = {"nginx:1"}}).findings.size(), 1U);
  EXPECT_EQ(world.lock(), both);
  world.verifier.sign(second, workflow("a"));
  EXPECT_EQ(show(world.update({.images = {"nginx:1"}}).findings), "");
  EXPECT_TRUE(holds(second));
}

// A file that moves into a scope of its own, whose lock is new, leaves nobody behind who must have signed.
TEST_F(SigningWorld, AnotherScopesLockKnowsWhoMustHaveSigned) {
  world.verifier.sign(first, workflow("a"));
  world.add("Dockerfile:1", "nginx:1");
  world.add_scope("team", "");
  world.update();
  world.forget();
  move("2");
  world.add("team/Dockerfile:1", "nginx:1");
  const UpdateResult refused = world.update();
  ASSERT_EQ(refused.findings.size(), 1U);
  EXPECT_EQ(refused.findings[0].check, "signer-lost");
  EXPECT_FALSE(std::filesystem::exists(world.folder.path() / "team/images.lock"));
}

TEST_F(SigningWorld, ADigestThatLacksAHeldSignerIsNotTaken) {
  world.verifier.sign(first, workflow("a"));
  world.add("Dockerfile:1", "nginx:1");
  world.update();
  const std::string before = world.lock();
  const image::Digest unsigned_one = move("2");
  const std::string who =
      "https://ci.example/a.yml@refs/tags/v1 (issuer https://token.example, trust root public-good)";
  EXPECT_EQ(show(upgrade()), "Dockerfile:1:1: error[signer-lost]: nginx:1 is no longer signed by " + who +
                                 "\n  reference: docker.io/library/nginx:1\n  digest: " + unsigned_one.text() +
                                 "\n  expected: " + who +
                                 "\n  actual: no signature\n"
                                 "  hint: `lock signers nginx:1` shows what is there\n");
  EXPECT_EQ(world.lock(), before);
  const image::Digest by_another = move("3");
  world.verifier.sign(by_another, workflow("b"));
  EXPECT_TRUE(show(upgrade()).starts_with("Dockerfile:1:1: error[signer-changed]")) << show(upgrade());
  EXPECT_EQ(world.lock(), before);
  const image::Digest unknown = move("4");
  world.verifier.fail_place(unknown, ErrorKind::unreachable);
  const UpdateResult undetermined = upgrade();
  EXPECT_EQ(show(undetermined.findings), "");
  ASSERT_EQ(undetermined.undetermined.size(), 1U);
  EXPECT_EQ(undetermined.undetermined[0].finding.check, "signer-lost");
  EXPECT_EQ(world.lock(), before);
  const image::Digest good = move("5");
  world.verifier.sign(good, workflow("a", "refs/tags/v2"));
  EXPECT_EQ(show(upgrade().findings), "");
  EXPECT_TRUE(holds(good));
  EXPECT_NE(world.lock().find("a.yml@refs/tags/v2"), std::string::npos);
}

TEST_F(SigningWorld, AnExceptionTakesItAndAdoptsWhoSignsNow) {
  world.verifier.sign(first, workflow("a"));
  world.add("Dockerfile:1", "nginx:1");
  world.update();
  const image::Digest second = move("2");
  world.verifier.sign(second, workflow("b"));
  world.settle("[[accept]]\ncheck = \"signer-changed\"\nimages = [\"docker.io/library/nginx\"]\nreason = \"moved\"\n");
  const UpdateResult result = upgrade();
  ASSERT_EQ(result.findings.size(), 1U) << show(result);
  EXPECT_EQ(result.findings[0].severity, image::Severity::note);
  EXPECT_EQ(result.findings[0].hint, "accepted by images.toml:1: moved");
  EXPECT_TRUE(holds(second));
  EXPECT_NE(world.lock().find("b.yml@refs/tags/v1"), std::string::npos);
}

TEST_F(SigningWorld, ANewSignerIsANoteAndNotRecorded) {
  world.verifier.sign(first, workflow("a"));
  world.add("Dockerfile:1", "nginx:1");
  world.update();
  const image::Digest second = move("2");
  world.verifier.sign(second, workflow("a"));
  world.verifier.sign(second, workflow("b"));
  const UpdateResult result = upgrade();
  EXPECT_EQ(show(result.findings),
            "Dockerfile:1:1: note[signer-new]: nginx:1 is also signed by https://ci.example/b.yml@refs/tags/v1 (issuer "
            "https://token.example, trust root public-good)\n  reference: docker.io/library/nginx:1\n  digest: " +
                second.text() + "\n  hint: describe it in [signer.NAME] of images.toml to have it recorded\n");
  EXPECT_TRUE(holds(second));
  EXPECT_EQ(world.lock().find("b.yml"), std::string::npos);
}

TEST_F(SigningWorld, ANewTagOfASignedRepositoryNeedsItsSigner) {
  world.verifier.sign(first, workflow("a"));
  world.add("Dockerfile:1", "nginx:1");
  world.update();
  const image::Digest unsigned_one = world.registry.add_index("nginx:2", {"linux/amd64"}, "2");
  world.forget();
  world.add("Dockerfile:1", "nginx:2");
  EXPECT_TRUE(show(world.update().findings).starts_with("Dockerfile:1:1: error[signer-lost]: nginx:2 is no longer"));
  EXPECT_FALSE(holds(unsigned_one));
}

TEST_F(SigningWorld, APinThatIsNotSignedDoesNotSlipInBesideTheTag) {
  world.verifier.sign(first, workflow("a"));
  world.add("Dockerfile:1", "nginx:1");
  world.update();
  const image::Digest unsigned_one = move("2");
  world.add("Dockerfile:2", "nginx:1@" + unsigned_one.text());
  const UpdateResult result = upgrade();
  EXPECT_FALSE(holds(unsigned_one)) << show(result);
  EXPECT_NE(show(result.findings).find("error[signer-lost]"), std::string::npos);
}

TEST_F(SigningWorld, AnImageAskedForAnewIsSurveyedAnew) {
  world.verifier.sign(first, workflow("a"));
  world.add("Dockerfile:1", "nginx:1");
  world.update();
  const std::string before = world.lock();
  world.verifier.forget(first);
  EXPECT_TRUE(show(world.update({.images = {"nginx:1"}}).findings).starts_with("Dockerfile:1:1: error[signer-lost]"));
  EXPECT_EQ(world.lock(), before);
  world.verifier.sign(first, workflow("a"));
  world.verifier.sign(first, workflow("b"));
  world.settle(
      "[signer.b]\nkind = \"sigstore\"\nissuer = \"https://token.example\"\nsubject = "
      "\"https://ci.example/b.yml@**\"\n");
  const UpdateResult result = world.update({.images = {"nginx:1"}});
  ASSERT_EQ(result.changes.size(), 1U) << show(result);
  EXPECT_EQ(result.changes[0].change, document::Change::signers);
  EXPECT_EQ(result.changes[0].reason, "the signatures were read anew");
}

}  // namespace
}  // namespace lock::ops
