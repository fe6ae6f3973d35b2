#include "lockfile/ops/import.hpp"

#include <gtest/gtest.h>

#include "lockfile/exchange/importer.hpp"
#include "tests/support/tree_world.hpp"

namespace lock::ops {
namespace {

using test::TreeWorld;

class ImportCase : public ::testing::TestWithParam<std::string> {};

TEST_P(ImportCase, Reads) {
  const auto folder = test::case_folder("import", GetParam());
  const collect::Source source("lock.yaml", test::read_text(folder / "lock.yaml"));
  const auto lock = exchange::read_foreign_lock(source);
  std::string shown = lock ? std::string(lock->tool) + "\n" : test::show(lock.error());
  if (lock) {
    for (const exchange::ForeignImage& image : lock->images) {
      shown += std::to_string(image.place.position.line) + " " + image.reference.canonical() + "\n";
      if (image.digest) shown += "  " + image.digest->text() + "\n";
      for (const image::Digest& digest : image.of_platforms) shown += "  of a platform " + digest.text() + "\n";
    }
  }
  test::expect_golden(folder / "expected", shown);
}

INSTANTIATE_TEST_SUITE_P(Cases, ImportCase, ::testing::ValuesIn(test::case_names("import")), test::case_title);

struct Importing : TreeWorld {
  image::Digest nginx = registry.add_index("docker.io/library/nginx:1", {"linux/amd64", "linux/arm64"}, "old");

  // The tag moves after the file was written.
  image::Digest move() {
    return registry.add_index("docker.io/library/nginx:1", {"linux/amd64", "linux/arm64"}, "new");
  }
  void write_imgpkg(const image::Digest& digest, const std::string& id = "nginx:1") const {
    folder.write("file", "apiVersion: imgpkg.carvel.dev/v1alpha1\nkind: ImagesLock\nimages:\n- image: docker.io/x@" +
                             digest.text() + "\n  annotations: {kbld.carvel.dev/id: \"" + id + "\"}\n");
  }
  void write_dt(const image::Digest& platform) const {
    folder.write("file", "apiVersion: v0\nkind: ImagesLock\nimages:\n- image: nginx:1\n  digests:\n  - digest: " +
                             platform.text() + "\n    arch: linux/amd64\n");
  }
  std::string import() {
    registry.asked.clear();
    const auto result = import_lock(workspace, scan, {folder.path() / "file", "file", false}, registry, verifier);
    if (!result) return test::show(result.error());
    return std::to_string(result->taken) + " of " + std::to_string(result->images) + "\n" + test::show(result->update);
  }
  [[nodiscard]] bool locked(const image::Digest& digest) const {
    return lock().find("digest = \"" + digest.text()) != std::string::npos;
  }
};

TEST(Import, ATagThatMovedGetsTheDigestOfTheFile) {
  Importing world;
  world.add("Dockerfile:1", "nginx:1");
  world.write_imgpkg(world.nginx);
  (void)world.move();
  EXPECT_EQ(world.import().substr(0, 7), "1 of 1\n");
  EXPECT_TRUE(world.locked(world.nginx)) << world.lock();
  EXPECT_EQ(world.registry.asked, (std::vector<std::string>{"manifest docker.io/library/nginx@" + world.nginx.text()}));
}

TEST(Import, ADigestThatTheRegistryDoesNotHaveIsNotLocked) {
  Importing world;
  world.add("Dockerfile:1", "nginx:1");
  const auto absent = image::Digest::sha256_of("absent");
  world.write_imgpkg(absent);
  const std::string shown = world.import();
  EXPECT_NE(shown.find("cannot resolve nginx:1"), std::string::npos) << shown;
  EXPECT_NE(shown.find("file says " + absent.short_text() + ", which the registry does not have"), std::string::npos)
      << shown;
  EXPECT_EQ(shown.substr(0, 7), "0 of 1\n");
  EXPECT_FALSE(std::filesystem::exists(world.folder.path() / "images.lock"));
}

TEST(Import, PlatformsOfTheFileAreConfirmedByTheIndex) {
  Importing world;
  world.add("Dockerfile:1", "nginx:1");
  world.write_dt(world.registry.platform_digest(world.nginx, "linux/amd64"));
  EXPECT_EQ(world.import().substr(0, 7), "1 of 1\n");
  EXPECT_TRUE(world.locked(world.nginx));
  EXPECT_EQ(world.registry.asked, (std::vector<std::string>{"resolve docker.io/library/nginx:1",
                                                            "manifest docker.io/library/nginx@" + world.nginx.text()}));
}

TEST(Import, PlatformsOfAnIndexThatMovedAreNotTaken) {
  Importing world;
  world.add("Dockerfile:1", "nginx:1");
  const auto platform = world.registry.platform_digest(world.nginx, "linux/amd64");
  world.write_dt(platform);
  const auto moved = world.move();
  const std::string shown = world.import();
  EXPECT_NE(shown.find("file says " + platform.short_text() + " for one platform, which is no part of " +
                       moved.short_text() + ": the tag has moved since"),
            std::string::npos)
      << shown;
  EXPECT_FALSE(std::filesystem::exists(world.folder.path() / "images.lock"));
}

TEST(Import, WhatIsLockedStaysAndIsSaid) {
  Importing world;
  world.add("Dockerfile:1", "nginx:1");
  (void)world.update();
  const auto other = world.move();
  world.write_imgpkg(other);
  const std::string shown = world.import();
  EXPECT_NE(shown.find("import-skipped]: nginx:1: images.lock has " + world.nginx.short_text() + " already, the file " +
                       other.short_text()),
            std::string::npos)
      << shown;
  EXPECT_TRUE(world.locked(world.nginx));
  EXPECT_TRUE(world.registry.asked.empty());
}

TEST(Import, WhatNoPlaceNamesIsANote) {
  Importing world;
  world.registry.add_index("docker.io/library/redis:7", {"linux/amd64"});
  world.add("Dockerfile:1", "redis:7");
  world.write_imgpkg(world.nginx);
  const std::string shown = world.import();
  EXPECT_NE(shown.find("note[import-skipped]: nginx:1: no place of the tree names it without a digest"),
            std::string::npos)
      << shown;
  EXPECT_NE(world.lock().find("redis:7"), std::string::npos) << "the rest is as an update has it";
}

}  // namespace
}  // namespace lock::ops
