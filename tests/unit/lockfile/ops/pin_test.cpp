#include "lockfile/ops/pin.hpp"

#include <gtest/gtest.h>

#include "lockfile/document/write.hpp"
#include "tests/support/pin_world.hpp"

namespace lock::ops {
namespace {

namespace fs = std::filesystem;
using test::digest_of;
using test::FileMap;
using test::PinWorld;

std::string pinned(std::string_view tag) {
  return "@" + digest_of(image::Reference::parse(tag).value().canonical()).text();
}

std::string kept(const PinResult& result) {
  std::string text;
  for (const KeptPlace& place : result.kept) {
    text += place.place.file + ":" + std::to_string(place.place.position.line) + " " + place.reference + ": " +
            place.reason + "\n";
  }
  return text;
}

TEST(Pin, WritesBehindTheTagAndKeepsEveryOtherByte) {
  PinWorld world(FileMap{{"Dockerfile", "# syntax x\r\nFROM  nginx:1 AS a\r\n# c\r\nFROM a\r\nFROM redis"}});
  const PinResult result = world.pin();
  EXPECT_EQ(kept(result), "");
  EXPECT_EQ(world.folder.read("Dockerfile"), "# syntax x\r\nFROM  nginx:1" + pinned("nginx:1") +
                                                 " AS a\r\n# c\r\nFROM a\r\nFROM redis:latest" +
                                                 pinned("redis:latest"));
  world.rescan();
  EXPECT_TRUE(world.pin().files.empty());
  world.unpin();
  EXPECT_EQ(world.folder.read("Dockerfile"), "# syntax x\r\nFROM  nginx:1 AS a\r\n# c\r\nFROM a\r\nFROM redis:latest");
}

TEST(Pin, OnlyTheNamedImages) {
  PinWorld world(FileMap{{"Dockerfile", "FROM nginx:1\nFROM redis:7\n"}});
  EXPECT_EQ(world.pin({.targets = {"redis"}}).changed.size(), 1U);
  EXPECT_EQ(world.folder.read("Dockerfile"), "FROM nginx:1\nFROM redis:7" + pinned("redis:7") + "\n");
  const PinOptions typo{.targets = {"rediss"}};
  EXPECT_EQ(ops::pin(world.opened(), world.scan, typo).error().kind, ErrorKind::usage);
}

TEST(Pin, ADryRunShowsTheBytesAndWritesNone) {
  PinWorld world(FileMap{{"Dockerfile", "FROM nginx:1\n"}});
  const PinResult result = world.pin({.dry_run = true});
  ASSERT_EQ(result.files.size(), 1U);
  EXPECT_EQ(result.files[0].before, "FROM nginx:1\n");
  EXPECT_EQ(result.files[0].after, "FROM nginx:1" + pinned("nginx:1") + "\n");
  EXPECT_EQ(world.folder.read("Dockerfile"), "FROM nginx:1\n");
}

TEST(Pin, AFileThatChangedMeanwhileIsLeftAlone) {
  PinWorld world(FileMap{{"Dockerfile", "FROM nginx:1\n"}});
  world.folder.write("Dockerfile", "\nFROM nginx:1\n");
  EXPECT_EQ(kept(world.pin()), "Dockerfile:1 docker.io/library/nginx:1: the file changed meanwhile\n");
  EXPECT_EQ(world.folder.read("Dockerfile"), "\nFROM nginx:1\n");
}

TEST(Pin, WhatIsNotLockedIsKeptWithThatReason) {
  PinWorld world(FileMap{{"Dockerfile", "FROM nginx:1\n"}});
  world.folder.write("images.lock", document::write({}));
  EXPECT_EQ(kept(world.pin()), "Dockerfile:1 docker.io/library/nginx:1: it is not in images.lock\n");
  fs::remove(world.folder.path() / "images.lock");
  EXPECT_EQ(ops::pin(world.opened(), world.scan, {}).error().kind, ErrorKind::configuration);
}

TEST(Pin, ADefaultThatTwoImagesShareIsWrittenOnlyWhenItMeansOneImage) {
  const std::string shared = "ARG TAG=1\nFROM nginx:$TAG\nFROM redis:$TAG\nFROM busybox:2\n";
  PinWorld world(FileMap{{"Dockerfile", shared}});
  const PinResult result = world.pin();
  EXPECT_EQ(result.kept.size(), 2U) << kept(result);
  EXPECT_EQ(world.folder.read("Dockerfile"),
            "ARG TAG=1\nFROM nginx:$TAG\nFROM redis:$TAG\nFROM busybox:2" + pinned("busybox:2") + "\n");
  PinWorld one(FileMap{{"Dockerfile", "ARG TAG=1\nFROM nginx:$TAG\nFROM nginx:$TAG\n"}});
  EXPECT_EQ(kept(one.pin()), "");
  EXPECT_EQ(one.folder.read("Dockerfile"), "ARG TAG=1" + pinned("nginx:1") + "\nFROM nginx:$TAG\nFROM nginx:$TAG\n");
}

TEST(Pin, ADigestWithoutATagIsNotTakenOut) {
  const std::string text = "FROM nginx@" + digest_of("x").text() + "\n";
  PinWorld world(FileMap{{"Dockerfile", text}});
  EXPECT_EQ(kept(world.unpin()),
            "Dockerfile:1 docker.io/library/nginx@" + digest_of("x").text() + ": it has no tag that would be left\n");
  EXPECT_EQ(world.folder.read("Dockerfile"), text);
}

TEST(Pin, AFileThatCannotBeWrittenCostsNoOtherOne) {
  PinWorld world(FileMap{{"Dockerfile", "FROM nginx:1\n"}, {"a/Dockerfile", "FROM redis:7\n"}});
  world.folder.write("Dockerfile", "# new\nFROM nginx:1\n");
  const PinResult result = world.pin();
  EXPECT_EQ(world.folder.read("a/Dockerfile"), "FROM redis:7" + pinned("redis:7") + "\n");
  EXPECT_EQ(test::show(result.undetermined),
            "undetermined: Dockerfile:1:6: error[source-changed]: docker.io/library/nginx:1 was not written here\n"
            "  reference: docker.io/library/nginx:1\n"
            "  hint: run this again\n  cause: the file changed meanwhile\n");
}

TEST(Pin, OneBadPlaceCostsNoOtherOne) {
  std::string text;
  for (int i = 0; i < 20; ++i) text += "FROM image" + std::to_string(i) + ":1\n";
  PinWorld world(FileMap{{"Dockerfile", "ARG TAG=1\n" + text + "FROM nginx:$TAG\nFROM redis:$TAG\n"}});
  const PinResult result = world.pin();
  EXPECT_EQ(result.changed.size(), 20U);
  EXPECT_EQ(kept(result),
            "Dockerfile:22 docker.io/library/nginx:1: its text is shared with another place, which would change too\n"
            "Dockerfile:23 docker.io/library/redis:1: its text is shared with another place, which would change too\n");
}

TEST(Pin, TheDockerfileThatComposeGivesArgumentsTo) {
  PinWorld world(FileMap{
      {"compose.yaml", "services:\n  a:\n    build:\n      dockerfile: app.Dockerfile\n      args:\n        V: '22'\n"},
      {"app.Dockerfile", "ARG V=20\nFROM node:$V\nFROM debian:12\n"}});
  const PinResult result = world.pin();
  EXPECT_EQ(kept(result), "");
  EXPECT_EQ(world.folder.read("compose.yaml"),
            "services:\n  a:\n    build:\n      dockerfile: app.Dockerfile\n      args:\n        V: '22" +
                pinned("node:22") + "'\n");
  EXPECT_EQ(world.folder.read("app.Dockerfile"),
            "ARG V=20" + pinned("node:20") + "\nFROM node:$V\nFROM debian:12" + pinned("debian:12") + "\n");
}

TEST(Pin, WhatGitIgnoresHasNoSay) {
  PinWorld world(FileMap{{"compose.yaml", "services:\n  a:\n    image: nginx:${V:-1}\n"}});
  world.folder.write(".env", "V=2\n");  // on disk, and not in the listing
  EXPECT_EQ(world.pin().changed.size(), 1U);
}

TEST(Pin, PathsAndImagesNarrowTogether) {
  const FileMap files = {{"a/Dockerfile", "FROM nginx:1\nFROM redis:7\n"}, {"nginx/Dockerfile", "FROM nginx:1\n"}};
  PinWorld world(files);
  EXPECT_EQ(world.pin({.targets = {"a", "redis"}, .start = world.folder.path()}).changed.size(), 1U);
  EXPECT_EQ(world.folder.read("a/Dockerfile"), "FROM nginx:1\nFROM redis:7" + pinned("redis:7") + "\n");
  world.rescan();
  EXPECT_EQ(world.pin({.targets = {"./Dockerfile"}, .start = world.folder.path() / "nginx"}).changed.size(), 1U);
  EXPECT_EQ(world.folder.read("nginx/Dockerfile"), "FROM nginx:1" + pinned("nginx:1") + "\n");
  const auto refused = [&world](const std::string& word) {
    return test::show(ops::pin(world.opened(), world.scan, {.targets = {word}, .start = world.folder.path()}).error());
  };
  EXPECT_EQ(refused("nginx"),
            "usage: nginx is an image, and a file or folder too\n"
            "  hint: write ./nginx for the path, or the image with its tag or registry\n");
  EXPECT_EQ(refused("images.lock"), "usage: no image reference in images.lock\n  hint: `lock scan` lists them all\n");
  EXPECT_EQ(refused("./b"), "usage: there is no file or folder ./b\n");
}

TEST(Pin, KeepsTheModeOfAFile) {
  PinWorld world(FileMap{{"Dockerfile", "FROM nginx:1\n"}});
  fs::permissions(world.folder.path() / "Dockerfile", fs::perms(0751));
  EXPECT_EQ(world.pin().changed.size(), 1U);
  EXPECT_EQ(fs::status(world.folder.path() / "Dockerfile").permissions(), fs::perms(0751));
}

}  // namespace
}  // namespace lock::ops
