#include "lockfile/ops/verify.hpp"

#include <gtest/gtest.h>

#include "tests/support/tree_world.hpp"

namespace lock::ops {
namespace {

using test::show;
using test::TreeWorld;

class VerifyWorld : public ::testing::Test {
 protected:
  std::string tree() { return show(verify_tree(world.workspace, world.scan).value()); }
  std::string registry() { return show(verify_registry(world.workspace, world.scan, world.registry).value()); }

  TreeWorld world;
  image::Digest nginx = world.registry.add_index("nginx:1", {"linux/amd64", "linux/arm64"});
  image::Digest redis = world.registry.add_image("redis:7", "linux/amd64", "redis");
};

TEST_F(VerifyWorld, WhatUpdateWroteIsClean) {
  world.add("Dockerfile:1", "nginx:1");
  world.add("Dockerfile:2", "redis:7@" + redis.text());
  world.guess("Dockerfile:3", "redis:7");
  world.update();
  world.registry.asked.clear();
  EXPECT_EQ(tree(), "");
  EXPECT_TRUE(world.registry.asked.empty());
  const Verification clean = verify_registry(world.workspace, world.scan, world.registry).value();
  EXPECT_EQ(show(clean), "");
  EXPECT_EQ(clean.checked.tags, 2U);
  EXPECT_EQ(clean.checked.digests, 4U);
  EXPECT_EQ(world.registry.asked.size(), 6U) << "each tag, each digest once";
}

TEST_F(VerifyWorld, WithoutALockItIsMissing) {
  world.guess("Dockerfile:1", "nginx:1");
  EXPECT_EQ(tree(), "");
  world.add("Dockerfile:1", "nginx:1");
  EXPECT_EQ(tree(),
            "images.lock:1:1: error[lock-missing]: there is no images.lock, but files name 1 image\n"
            "  hint: run `lock update` and commit it\n");
}

TEST_F(VerifyWorld, AnAddedImageIsNotLocked) {
  world.add("Dockerfile:1", "nginx:1");
  world.update();
  world.add("b/Dockerfile:7", "redis:7");
  world.add("c/Dockerfile:1", "redis:7");
  world.guess("c/Dockerfile:2", "acme/thing:1");
  EXPECT_EQ(tree(),
            "b/Dockerfile:7:1: error[image-not-locked]: redis:7 is not in images.lock (and in 1 other place)\n"
            "  reference: docker.io/library/redis:7\n"
            "  hint: run `lock update`\n"
            "c/Dockerfile:2:1: note[guessed-reference]: acme/thing:1 looks like an image and is not locked\n"
            "  reference: docker.io/acme/thing:1\n");
}

TEST_F(VerifyWorld, AnEntryThatNobodyNamesIsUnusedUnlessAFileCouldNotBeRead) {
  world.add("Dockerfile:1", "nginx:1");
  world.update();
  world.forget();
  EXPECT_EQ(tree(),
            "images.lock:1:1: error[entry-unused]: no file names nginx:1 any more\n"
            "  reference: docker.io/library/nginx:1\n"
            "  digest: " +
                nginx.text() + "\n  hint: run `lock update`\n");
  world.scan.scopes[0].incomplete = true;
  EXPECT_EQ(tree(), "");
}

TEST_F(VerifyWorld, AnEditedDigestBreaksTheSealAndIsSaidOnce) {
  world.add("Dockerfile:1", "nginx:1");
  world.update();
  world.edit_lock(nginx.text(), redis.text());
  const Verification result = verify_tree(world.workspace, world.scan).value();
  ASSERT_EQ(result.findings.size(), 1U) << show(result);
  EXPECT_EQ(result.findings[0].check, "seal-broken");
  EXPECT_EQ(result.findings[0].place.file, "images.lock");
  EXPECT_GT(result.findings[0].place.position.line, 4U);
}

TEST_F(VerifyWorld, AnotherPinIsSaidWithBothDigests) {
  world.add("Dockerfile:1", "nginx:1@" + nginx.text());
  world.update();
  world.forget();
  world.add("Dockerfile:1", "nginx:1@" + redis.text());
  EXPECT_EQ(tree(),
            "Dockerfile:1:1: error[image-not-locked]: nginx:1 is pinned to another digest than the locked one\n"
            "  reference: docker.io/library/nginx:1\n"
            "  digest: " +
                redis.text() + "\n  expected: " + nginx.text() + "\n  actual: " + redis.text() +
                "\n  hint: run `lock update`\n");
}

TEST_F(VerifyWorld, AMovedTagIsAnErrorWhereAPipelinePullsByTag) {
  world.settle("[[enforce]]\nfiles = [\"deploy/**\"]\nby = \"apply\"\n");
  world.add("deploy/web.yaml:3", "nginx:1");
  world.update();
  const image::Digest moved = world.registry.add_index("nginx:1", {"linux/amd64", "linux/arm64"}, "2");
  const std::string facts = "  reference: docker.io/library/nginx:1\n  digest: " + nginx.text() +
                            "\n  expected: " + nginx.text() + "\n  actual: " + moved.text() + "\n";
  EXPECT_EQ(registry(), "deploy/web.yaml:3:1: note[tag-moved]: nginx:1 names another digest now than the locked one\n" +
                            facts + "  hint: run `lock update nginx:1` to take it\n");
  world.add("Dockerfile:1", "nginx:1@" + nginx.text());
  EXPECT_EQ(registry().find("error"), std::string::npos);
  world.guess("values.yaml:9", "nginx:1");
  EXPECT_TRUE(registry().starts_with("values.yaml:9:1: warning[tag-moved]")) << registry();
  world.add("Dockerfile:2", "nginx:1");
  EXPECT_EQ(registry(),
            "Dockerfile:2:1: error[tag-moved]: nginx:1 names another digest now than the locked one\n" + facts +
                "  hint: run `lock update nginx:1` to take it, or write the locked digest behind the tag\n");
}

TEST_F(VerifyWorld, ATagThatIsGoneIsAnErrorWhereAPipelinePullsByTag) {
  world.add("Dockerfile:1", "nginx:1");
  world.update();
  world.registry.remove_tag("nginx:1");
  EXPECT_TRUE(registry().starts_with("Dockerfile:1:1: error[tag-gone]: the registry has no nginx:1 any more\n"));
  world.forget();
  world.add("Dockerfile:1", "nginx:1@" + nginx.text());
  EXPECT_TRUE(registry().starts_with("Dockerfile:1:1: note[tag-gone]: the registry has no nginx:1 any more\n"));
}

TEST_F(VerifyWorld, AGoneDigestAndAGonePlatformAreErrors) {
  world.add("Dockerfile:1", "nginx:1");
  world.update();
  const image::Digest arm = world.registry.platform_digest(nginx, "linux/arm64");
  world.registry.remove_manifest(arm);
  const std::string platform =
      "Dockerfile:1:1: error[platform-gone]: the registry says that linux/arm64 of nginx:1 is gone\n"
      "  reference: docker.io/library/nginx:1\n  digest: " +
      arm.text() + "\n  hint: run `lock update nginx:1` to resolve it anew\n";
  EXPECT_EQ(registry(), platform);
  world.registry.remove_manifest(nginx);
  EXPECT_EQ(registry(),
            "Dockerfile:1:1: error[digest-gone]: the registry says that nginx:1 is gone\n"
            "  reference: docker.io/library/nginx:1\n  digest: " +
                nginx.text() + "\n  hint: run `lock update nginx:1` to resolve it anew\n" + platform);
  world.settle("platforms = [\"linux/amd64\"]\n");
  EXPECT_EQ(registry().find("platform-gone"), std::string::npos) << "arm64 is not used";
}

TEST_F(VerifyWorld, MirrorsAndTamperedBytesAreToldApart) {
  world.add("Dockerfile:1", "nginx:1");
  world.add("Dockerfile:2", "redis:7");
  world.update();
  world.registry.only_at_mirror(nginx);
  world.registry.tamper(redis);
  const Verification result = verify_registry(world.workspace, world.scan, world.registry).value();
  ASSERT_EQ(result.findings.size(), 2U) << show(result);
  EXPECT_EQ(result.findings[0].check, "digest-only-at-mirror");
  EXPECT_EQ(result.findings[0].severity, image::Severity::warning);
  EXPECT_EQ(result.findings[1].check, "digest-mismatch");
  EXPECT_EQ(result.findings[1].severity, image::Severity::error);
}

TEST_F(VerifyWorld, WhatCannotBeAskedIsUndetermined) {
  world.registry.add_index("quay.io/a/b:1", {"linux/amd64"});
  world.add("Dockerfile:1", "quay.io/a/b:1");
  world.update();
  world.registry.fail_host("quay.io", ErrorKind::refused);
  const Verification result = verify_registry(world.workspace, world.scan, world.registry).value();
  EXPECT_TRUE(result.findings.empty());
  ASSERT_EQ(result.undetermined.size(), 3U) << show(result);
  EXPECT_EQ(result.undetermined[0].finding.message, "cannot see whether quay.io/a/b:1 is still there");
  EXPECT_EQ(result.undetermined[0].cause, "https://quay.io/v2/ did not answer");
}

TEST_F(VerifyWorld, ALayoutIsSaidEachTime) {
  world.settle("[registry.\"docker.io\"]\nlayout = \"images\"\n[registry.\"quay.io\"]\nlayout = \"other\"\n");
  world.add("Dockerfile:1", "nginx:1");
  world.update();
  EXPECT_EQ(registry(),
            "images.toml:1:11: note[layout-stands-in]: the layout images stands in for docker.io\n"
            "    [registry.\"docker.io\"]\n"
            "              ^~~~~~~~~~~\n");
}

TEST_F(VerifyWorld, AnExpiredExceptionIsSaid) {
  world.settle("[[accept]]\ncheck = \"pins-differ\"\nreason = \"r\"\nuntil = 2026-11-23\n");
  EXPECT_TRUE(tree().starts_with(
      "images.toml:1:1: warning[accept-expired]: the exception to `pins-differ` ended on 2026-11-23\n"));
  world.workspace.today -= std::chrono::days(1);
  EXPECT_EQ(tree(), "");
}

}  // namespace
}  // namespace lock::ops
