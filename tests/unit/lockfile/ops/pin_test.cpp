#include "lockfile/ops/pin.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "lockfile/document/write.hpp"
#include "lockfile/ops/demand.hpp"
#include "tests/support/slot_editor.hpp"
#include "tests/support/tree_world.hpp"

namespace lock::ops {
namespace {

namespace fs = std::filesystem;
using test::FileMap;
using test::show;
using test::TreeWorld;

image::Digest digest_of(std::string_view text) { return image::Digest::sha256_of(text); }

// A work tree with these files, scanned, and a lock that holds all that it names.
struct PinWorld : TreeWorld {
  explicit PinWorld(FileMap files) {
    for (const auto& [file, bytes] : files) folder.write(file, bytes);
    names = std::move(files);
    rescan();
    lock_all();
  }

  [[nodiscard]] FileMap on_disk() const {
    FileMap files;
    for (const auto& [file, bytes] : names) files.emplace(file, folder.read(file));
    return files;
  }

  void rescan() {
    scan.scopes[0].occurrences = test::collect_all(on_disk()).occurrences;
    std::ranges::stable_sort(scan.scopes[0].occurrences, {},
                             [](const image::Occurrence& one) { return std::tie(one.file, one.span, one.path); });
  }

  void lock_all() {
    document::Document document;
    const auto tag_digest = [](const image::Reference& tag) { return std::optional(digest_of(tag.canonical())); };
    for (const Demand& demand : demands_of(scan.scopes[0].occurrences, tag_digest).demands) {
      const image::Digest digest = demand.pin ? *demand.pin : digest_of(demand.key.canonical());
      document.insert({demand.key, digest, "a/b", {}});
    }
    folder.write("images.lock", document::write(document));
  }

  PinResult pin(const PinOptions& options = {}) { return taken(ops::pin(workspace, scan, options)); }
  PinResult unpin(const PinOptions& options = {}) { return taken(ops::unpin(workspace, scan, options)); }

  static PinResult taken(Result<PinResult> result) {
    EXPECT_TRUE(result) << show(result.error());
    return result ? std::move(*result) : PinResult();
  }

  FileMap names;
};

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
  EXPECT_EQ(world.pin({.images = {"redis"}}).changed.size(), 1U);
  EXPECT_EQ(world.folder.read("Dockerfile"), "FROM nginx:1\nFROM redis:7" + pinned("redis:7") + "\n");
  const PinOptions typo{.images = {"rediss"}};
  EXPECT_EQ(ops::pin(world.workspace, world.scan, typo).error().kind, ErrorKind::usage);
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
  EXPECT_EQ(ops::pin(world.workspace, world.scan, {}).error().kind, ErrorKind::configuration);
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

// Over every case of every collector: pin, then the scan finds what was pinned; pin twice changes nothing; unpin
// restores the bytes, but for the `:latest` that a reference without a tag gains.
TEST(Pin, HoldsForEveryCaseOfEveryCollector) {
  std::size_t changed = 0;
  for (const auto& format : fs::directory_iterator(test::case_folder("collect", ""))) {
    if (!format.is_directory()) continue;
    for (const auto& folder : fs::directory_iterator(format.path())) {
      if (!folder.is_directory()) continue;
      FileMap files;
      for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
        if (!entry.is_regular_file() || entry.path().filename() == "expected.txt") continue;
        files.emplace(fs::relative(entry.path(), folder.path()).generic_string(), test::read_text(entry.path()));
      }
      SCOPED_TRACE(folder.path().string());
      PinWorld world(files);
      const auto before = world.scan.scopes[0].occurrences;
      const bool digests = std::ranges::any_of(
          before, [](const image::Occurrence& one) { return one.reference && one.reference->digest(); });
      const PinResult result = world.pin();
      changed += result.changed.size();
      world.rescan();
      const auto& after = world.scan.scopes[0].occurrences;
      ASSERT_EQ(after.size(), before.size());
      std::size_t now_pinned = 0;
      for (std::size_t i = 0; i < after.size(); ++i) {
        if (after[i].reference == before[i].reference) continue;
        ++now_pinned;
        ASSERT_TRUE(before[i].reference && after[i].reference);
        EXPECT_EQ(after[i].reference->canonical(),
                  before[i].reference->canonical() + "@" + digest_of(before[i].reference->canonical()).text());
      }
      EXPECT_EQ(now_pinned, result.changed.size());
      EXPECT_TRUE(world.pin().files.empty());
      const bool latest = std::ranges::any_of(result.files, [](const ChangedFile& file) {
        return file.after.find(":latest@sha256:") != Bytes::npos && file.before.find(":latest@") == Bytes::npos;
      });
      world.unpin();
      if (!digests && !latest) {
        EXPECT_EQ(world.on_disk(), files);
      }
    }
  }
  EXPECT_GT(changed, 50U);
}

}  // namespace
}  // namespace lock::ops
