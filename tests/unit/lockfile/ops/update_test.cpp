#include "lockfile/ops/update.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "lockfile/document/read.hpp"
#include "tests/support/tree_world.hpp"

namespace lock::ops {
namespace {

using test::show;
using test::TreeWorld;
using Asked = std::vector<std::string>;

std::string six(const image::Digest& digest) { return std::string(digest.hex().substr(0, 6)); }

class UpdateWorld : public ::testing::Test {
 protected:
  TreeWorld world;
  image::Digest nginx = world.registry.add_index("nginx:1", {"linux/amd64", "linux/arm64"});
  image::Digest redis = world.registry.add_image("redis:7", "linux/amd64");
};

TEST_F(UpdateWorld, ColdItAsksEachTagOnceAndFetchesEachDigestOnce) {
  world.add("Dockerfile:1", "nginx:1");
  world.add("b/Dockerfile:1", "nginx:1");
  world.add("b/Dockerfile:2", "redis:7");
  const UpdateResult result = world.update();
  EXPECT_EQ(show(result), "images.lock: added docker.io/library/nginx:1 - -> " + six(nginx) +
                              " (named in Dockerfile:1)\n"
                              "images.lock: added docker.io/library/redis:7 - -> " +
                              six(redis) + " (named in b/Dockerfile:2)\n");
  const auto config = world.registry.asked.back();
  EXPECT_TRUE(config.starts_with("blob docker.io/library/redis@sha256:")) << config;
  world.registry.asked.pop_back();
  Asked manifests{"manifest docker.io/library/nginx@" + nginx.text(),
                  "manifest docker.io/library/redis@" + redis.text()};
  if (redis < nginx) std::swap(manifests[0], manifests[1]);
  Asked expected{"resolve docker.io/library/nginx:1", "resolve docker.io/library/redis:7"};
  expected.insert(expected.end(), manifests.begin(), manifests.end());
  EXPECT_EQ(world.registry.asked, expected);
  const auto reading = document::read(world.lock(), "images.lock");
  ASSERT_TRUE(reading.findings.empty());
  ASSERT_EQ(reading.document.entries().size(), 2U);
  EXPECT_EQ(reading.document.entries()[0].platforms.size(), 2U);
  EXPECT_EQ(reading.document.entries()[1].platforms[0].text(), "linux/amd64 " + redis.text());
}

TEST_F(UpdateWorld, WarmItAsksNothingAndWritesNothing) {
  world.add("Dockerfile:1", "nginx:1");
  world.update();
  const std::string before = world.lock();
  world.registry.asked.clear();
  const UpdateResult result = world.update();
  EXPECT_EQ(show(result), "");
  EXPECT_EQ(world.registry.asked, Asked());
  EXPECT_EQ(result.counts.written, 0U);
  EXPECT_EQ(result.counts.kept, 1U);
  EXPECT_EQ(world.lock(), before);
}

TEST_F(UpdateWorld, UpgradeAsksTheTagsAndFetchesOnlyWhatMoved) {
  world.add("Dockerfile:1", "nginx:1");
  world.add("Dockerfile:2", "redis:7");
  world.update();
  world.registry.asked.clear();
  EXPECT_EQ(show(world.update({.upgrade = true})), "");
  EXPECT_EQ(world.registry.asked, (Asked{"resolve docker.io/library/nginx:1", "resolve docker.io/library/redis:7"}));

  const image::Digest moved = world.registry.add_index("nginx:1", {"linux/amd64", "linux/arm64"}, "2");
  world.registry.asked.clear();
  EXPECT_EQ(show(world.update({.upgrade = true})),
            "images.lock: digest docker.io/library/nginx:1 " + six(nginx) + " -> " + six(moved) + " (the tag moved)\n");
  EXPECT_EQ(world.registry.asked, (Asked{"resolve docker.io/library/nginx:1", "resolve docker.io/library/redis:7",
                                         "manifest docker.io/library/nginx@" + moved.text()}));
}

TEST_F(UpdateWorld, ANamedImageAloneIsResolvedAnew) {
  world.add("Dockerfile:1", "nginx:1");
  world.add("Dockerfile:2", "redis:7");
  world.update();
  world.registry.add_index("nginx:1", {"linux/amd64", "linux/arm64"}, "2");
  world.registry.add_image("redis:7", "linux/amd64", "2");
  for (const std::string name : {"nginx", "nginx:1", "docker.io/library/ngin*", "docker.io/library/nginx:*"}) {
    world.registry.asked.clear();
    EXPECT_EQ(world.update({.images = {name}, .dry_run = true}).changes.size(), 1U) << name;
    EXPECT_EQ(world.registry.asked[0], "resolve docker.io/library/nginx:1") << name;
    EXPECT_EQ(world.registry.asked.size(), 2U) << name;
  }
}

TEST_F(UpdateWorld, AnUnknownNameIsAUsageError) {
  world.add("Dockerfile:1", "nginx:1");
  const UpdateOptions typo{.images = {"ngnix:1"}};
  EXPECT_EQ(show(update(world.workspace, world.scan, typo, world.registry, world.verifier).error()),
            "usage: no file and no lock names ngnix:1\n  hint: did you mean nginx:1?\n");
  const UpdateOptions malformed{.images = {"Nginx"}};
  EXPECT_EQ(update(world.workspace, world.scan, malformed, world.registry, world.verifier).error().kind,
            ErrorKind::usage);
  EXPECT_EQ(world.registry.asked, Asked());
}

TEST_F(UpdateWorld, WhatNoFileNamesIsDroppedUnlessAFileCouldNotBeRead) {
  world.add("Dockerfile:1", "nginx:1");
  world.add("Dockerfile:2", "redis:7");
  world.update();
  world.forget();
  world.add("Dockerfile:1", "nginx:1");
  world.scan.scopes[0].incomplete = true;
  EXPECT_EQ(show(world.update()), "");
  world.scan.scopes[0].incomplete = false;
  EXPECT_EQ(show(world.update()),
            "images.lock: removed docker.io/library/redis:7 " + six(redis) + " -> - (no file names it)\n");
}

TEST_F(UpdateWorld, AnAbsentImageIsAFindingAndTheRestIsWritten) {
  world.add("Dockerfile:3", "nginx:none");
  world.add("Dockerfile:4", "redis:7");
  EXPECT_EQ(show(world.update()), "images.lock: added docker.io/library/redis:7 - -> " + six(redis) +
                                      " (named in Dockerfile:4)\n"
                                      "Dockerfile:3:1: error[image-absent]: the registry has no nginx:none\n"
                                      "  reference: docker.io/library/nginx:none\n");
}

TEST_F(UpdateWorld, AnUnreachableRegistryLeavesOldEntriesAndIsUndetermined) {
  world.registry.add_index("quay.io/a/b:1", {"linux/amd64"});
  world.add("Dockerfile:1", "quay.io/a/b:1");
  world.update();
  world.registry.fail_host("quay.io", ErrorKind::unreachable);
  world.add("Dockerfile:2", "quay.io/a/c:1");
  world.add("Dockerfile:3", "nginx:1");
  EXPECT_EQ(
      show(world.update({.upgrade = true})),
      "images.lock: added docker.io/library/nginx:1 - -> " + six(nginx) +
          " (named in Dockerfile:3)\n"
          "undetermined: Dockerfile:1:1: error[image-not-locked]: cannot resolve quay.io/a/b:1; the old digest is "
          "kept\n"
          "  reference: quay.io/a/b:1\n"
          "  cause: https://quay.io/v2/ did not answer\n"
          "undetermined: Dockerfile:2:1: error[image-not-locked]: cannot resolve quay.io/a/c:1\n"
          "  reference: quay.io/a/c:1\n"
          "  cause: https://quay.io/v2/ did not answer\n");
  EXPECT_NE(world.lock().find("quay.io/a/b:1"), std::string::npos);
  EXPECT_EQ(world.lock().find("quay.io/a/c:1"), std::string::npos);
}

TEST_F(UpdateWorld, BytesThatAreNotWhatTheDigestSaysAreNotTaken) {
  world.add("Dockerfile:1", "nginx:1");
  world.update();
  const std::string before = world.lock();
  const image::Digest moved = world.registry.add_index("nginx:1", {"linux/amd64", "linux/arm64"}, "2");
  world.registry.tamper(moved);
  const UpdateResult result = world.update({.upgrade = true});
  ASSERT_EQ(result.findings.size(), 1U) << show(result);
  EXPECT_EQ(result.findings[0].check, "digest-mismatch");
  EXPECT_EQ(world.lock(), before);
}

TEST_F(UpdateWorld, AMovedTagWithoutAUsedPlatformIsHeldBack) {
  world.settle("platforms = [\"linux/amd64\", \"linux/arm64\"]\n");
  world.add("Dockerfile:1", "nginx:1");
  world.update();
  const image::Digest moved = world.registry.add_index("nginx:1", {"linux/amd64"}, "2");
  EXPECT_EQ(show(world.update({.upgrade = true})),
            "warning[platform-held-back]: nginx:1 moved to an image without linux/arm64; the old digest is kept\n"
            "  reference: docker.io/library/nginx:1\n"
            "  digest: " +
                nginx.text() + "\n  actual: " + moved.text() +
                "\n  hint: wait until it is published, or run `lock update --allow-missing-platforms nginx:1`\n");
  EXPECT_EQ(show(world.update({.upgrade = true, .allow_missing_platforms = true})),
            "images.lock: digest docker.io/library/nginx:1 " + six(nginx) + " -> " + six(moved) +
                " (the tag moved)\n"
                "Dockerfile:1:1: warning[platform-missing]: nginx:1 does not exist for linux/arm64\n"
                "  reference: docker.io/library/nginx:1\n"
                "  digest: " +
                moved.text() + "\n");
}

TEST_F(UpdateWorld, WithoutSettingsTheEntrysPlatformsCountButNotWindowsVersions) {
  world.registry.add_index("acme/win:1", {"windows(10.0.20348.1)/amd64", "linux/amd64"});
  world.add("Dockerfile:1", "acme/win:1");
  world.update();
  world.registry.add_index("acme/win:1", {"windows(10.0.20348.2)/amd64", "linux/amd64"}, "2");
  EXPECT_EQ(world.update({.upgrade = true}).changes.size(), 1U);
  world.registry.add_index("acme/win:1", {"linux/amd64"}, "3");
  const UpdateResult lost = world.update({.upgrade = true});
  EXPECT_TRUE(lost.changes.empty());
  ASSERT_EQ(lost.findings.size(), 1U);
  EXPECT_EQ(lost.findings[0].message, "acme/win:1 moved to an image without windows/amd64; the old digest is kept");
}

TEST_F(UpdateWorld, AnEqualPinSharesTheEntryAndADifferentOneHasItsOwn) {
  const image::Digest other = world.registry.add_index("acme/old:1", {"linux/amd64"}, "old");
  world.add("a:1", "nginx:1");
  world.add("b:2", "nginx:1@" + nginx.text());
  world.add("c:3", "nginx:1@" + other.text());
  EXPECT_EQ(show(world.update()),
            "images.lock: added docker.io/library/nginx:1 - -> " + six(nginx) +
                " (named in a:1)\n"
                "images.lock: added docker.io/library/nginx:1@" +
                other.text() + " - -> " + six(other) +
                " (named in c:3)\n"
                "c:3:1: warning[pins-differ]: nginx:1 is pinned to " +
                other.short_text() + " here, the entry of the tag is " + nginx.short_text() +
                "\n"
                "  reference: docker.io/library/nginx:1@" +
                other.text() + "\n  digest: " + other.text() + "\n  expected: " + nginx.text() + "\n  actual: " +
                other.text() + "\n  hint: change the pin if this is not meant; each digest has an entry of its own\n");
}

TEST_F(UpdateWorld, WhereEveryPlacePinsOneDigestTheTagIsNotAskedFor) {
  world.add("a:1", "nginx:1@" + nginx.text());
  world.add("b:1", "nginx:1@" + nginx.text());
  EXPECT_EQ(show(world.update()),
            "images.lock: added docker.io/library/nginx:1 - -> " + six(nginx) + " (named in a:1)\n");
  EXPECT_EQ(world.registry.asked, Asked{"manifest docker.io/library/nginx@" + nginx.text()});
}

TEST_F(UpdateWorld, TwoPinsWithoutATagPlaceAreTwoEntriesWhateverTheLockHeldBefore) {
  const image::Digest other = world.registry.add_index("acme/old:1", {"linux/amd64"}, "old");
  world.add("a:1", "nginx:1");
  world.update();
  world.forget();
  world.add("a:1", "nginx:1@" + nginx.text());
  world.add("b:1", "nginx:1@" + other.text());
  const UpdateResult result = world.update();
  ASSERT_EQ(result.findings.size(), 1U);
  EXPECT_EQ(result.findings[0].message,
            "nginx:1 is pinned to " + other.short_text() + " here, in a:1 to " + nginx.short_text());
  const std::string after = world.lock();
  std::filesystem::remove(world.folder.path() / "images.lock");
  world.update();
  EXPECT_EQ(world.lock(), after);
  EXPECT_EQ(after.find("\"docker.io/library/nginx:1\""), std::string::npos);
}

TEST_F(UpdateWorld, APinThatChangesMovesTheTagsEntryWhenNobodyElseUsesTheTag) {
  const image::Digest other = world.registry.add_index("acme/old:1", {"linux/amd64", "linux/arm64"}, "old");
  world.add("a:1", "nginx:1@" + nginx.text());
  world.update();
  world.forget();
  world.add("a:1", "nginx:1@" + other.text());
  EXPECT_EQ(show(world.update()),
            "images.lock: digest docker.io/library/nginx:1 " + six(nginx) + " -> " + six(other) + " (pinned in a:1)\n");
}

TEST_F(UpdateWorld, ABareDigestIsItsOwnKey) {
  world.add("a:1", "nginx@" + nginx.text());
  world.update();
  EXPECT_NE(world.lock().find("reference = \"docker.io/library/nginx@" + nginx.text() + "\""), std::string::npos);
}

TEST_F(UpdateWorld, AGuessIsLockedWhenItResolvesAndANoteWhenNot) {
  world.guess("a:1", "nginx:1");
  world.guess("a:2", "acme/none:1");
  EXPECT_EQ(show(world.update()),
            "images.lock: added docker.io/library/nginx:1 - -> " + six(nginx) +
                " (named in a:1)\n"
                "a:2:1: note[guessed-reference]: acme/none:1 is not locked: the registry has no acme/none:1\n"
                "  reference: docker.io/acme/none:1\n");
}

TEST_F(UpdateWorld, AGuessWhoseRegistryDoesNotAnswerIsUndetermined) {
  world.registry.fail_host("quay.io", ErrorKind::unreachable);
  world.registry.fail_host("ghcr.io", ErrorKind::refused);
  world.guess("a:1", "quay.io/acme/tool:1");
  world.guess("a:2", "ghcr.io/acme/tool:1");
  EXPECT_EQ(show(world.update()),
            "a:2:1: note[guessed-reference]: ghcr.io/acme/tool:1 is not locked: https://ghcr.io/v2/ did not answer\n"
            "  reference: ghcr.io/acme/tool:1\n"
            "undetermined: a:1:1: note[guessed-reference]: cannot see whether quay.io/acme/tool:1 is an image\n"
            "  reference: quay.io/acme/tool:1\n"
            "  hint: if it is none, leave the place out with `lock:ignore <reason>` in a comment\n"
            "  cause: https://quay.io/v2/ did not answer\n");
}

TEST_F(UpdateWorld, AGuessWithOtherBytesThanItsDigestIsAnError) {
  world.guess("a:1", "nginx:1");
  world.registry.tamper(nginx);
  const UpdateResult result = world.update();
  ASSERT_EQ(result.findings.size(), 1U) << show(result);
  EXPECT_EQ(result.findings[0].check, "digest-mismatch");
  EXPECT_EQ(result.findings[0].severity, image::Severity::error);
}

TEST_F(UpdateWorld, AnArtifactHasNoPlatformsAndNoConfigIsFetched) {
  world.registry.add_artifact("quay.io/acme/chart:1");
  world.settle("platforms = [\"linux/amd64\"]\n");
  world.add("Chart.yaml:1", "quay.io/acme/chart:1").kind = image::Kind::artifact;
  EXPECT_TRUE(world.update().findings.empty());
  EXPECT_NE(world.lock().find("platforms = []"), std::string::npos);
  EXPECT_EQ(world.registry.asked.size(), 2U);
}

TEST_F(UpdateWorld, BytesThatCameAlongAreNotFetchedAgain) {
  world.registry.answer_with_content();
  world.add("a:1", "nginx:1");
  world.update();
  EXPECT_EQ(world.registry.asked, Asked{"resolve docker.io/library/nginx:1"});
}

TEST_F(UpdateWorld, ScopesHaveTheirOwnLocksAndShareQuestions) {
  world.add_scope("team", "");
  world.add("Dockerfile:1", "nginx:1");
  world.add("team/Dockerfile:1", "nginx:1");
  EXPECT_EQ(show(world.update()), "images.lock: added docker.io/library/nginx:1 - -> " + six(nginx) +
                                      " (named in Dockerfile:1)\n"
                                      "team/images.lock: added docker.io/library/nginx:1 - -> " +
                                      six(nginx) + " (named in team/Dockerfile:1)\n");
  EXPECT_EQ(world.registry.asked.size(), 2U);
  EXPECT_EQ(world.folder.read("team/images.lock"), world.lock());
}

TEST_F(UpdateWorld, ABrokenLockIsNotWrittenOverUnlessTheImageIsNamed) {
  world.add("a:1", "nginx:1");
  world.add("a:2", "redis:7");
  world.update();
  const std::string good = world.lock();
  world.edit_lock(nginx.text(), redis.text());
  const std::string broken = world.lock();
  const UpdateResult refused = world.update();
  ASSERT_EQ(refused.findings.size(), 1U);
  EXPECT_EQ(refused.findings[0].check, "seal-broken");
  EXPECT_EQ(world.lock(), broken);
  EXPECT_TRUE(world.update({.images = {"redis"}}).findings.size() == 1U);
  EXPECT_EQ(world.lock(), broken);
  EXPECT_TRUE(world.update({.images = {"nginx:1"}}).findings.empty());
  EXPECT_EQ(world.lock(), good);
}

TEST_F(UpdateWorld, ADryRunAsksAndWritesNothing) {
  world.add("a:1", "nginx:1");
  EXPECT_EQ(world.update({.dry_run = true}).changes.size(), 1U);
  EXPECT_FALSE(std::filesystem::exists(world.folder.path() / "images.lock"));
}

TEST_F(UpdateWorld, TheOrderOfPlacesDoesNotReachTheBytes) {
  for (int i = 0; i < 20; ++i)
    world.registry.add_index("acme/a" + std::to_string(i) + ":1", {"linux/amd64", "linux/arm64"});
  for (int i = 0; i < 20; ++i) world.add("f:" + std::to_string(i + 1), "acme/a" + std::to_string(i) + ":1");
  world.update();
  const std::string expected = world.lock();
  std::mt19937 random(3);
  for (int round = 0; round < 5; ++round) {
    std::filesystem::remove(world.folder.path() / "images.lock");
    std::ranges::shuffle(world.scan.scopes[0].occurrences, random);
    world.update();
    EXPECT_EQ(world.lock(), expected);
  }
}

TEST_F(UpdateWorld, CheckSaysWhatAnUpdateWouldDoWithoutAsking) {
  world.add("a:1", "nginx:1");
  world.add("a:2", "redis:7");
  EXPECT_EQ(show(check_update(world.workspace, world.scan).value()),
            "images.lock: added docker.io/library/nginx:1 - -> - (named in a:1)\n"
            "images.lock: added docker.io/library/redis:7 - -> - (named in a:2)\n");
  world.update();
  world.registry.asked.clear();
  EXPECT_EQ(show(check_update(world.workspace, world.scan).value()), "");
  world.forget();
  world.add("a:1", "nginx:1@" + redis.text());
  world.guess("a:2", "acme/none:1");
  EXPECT_EQ(show(check_update(world.workspace, world.scan).value()),
            "images.lock: digest docker.io/library/nginx:1 " + six(nginx) + " -> " + six(redis) +
                " (pinned in a:1)\n"
                "images.lock: removed docker.io/library/redis:7 " +
                six(redis) + " -> - (no file names it)\n");
  EXPECT_EQ(world.registry.asked, Asked());
}

}  // namespace
}  // namespace lock::ops
