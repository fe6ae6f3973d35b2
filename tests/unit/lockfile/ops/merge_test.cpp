#include "lockfile/ops/merge.hpp"

#include <gtest/gtest.h>

#include "lockfile/document/read.hpp"
#include "lockfile/document/write.hpp"
#include "lockfile/ops/update.hpp"
#include "tests/support/tree_world.hpp"

namespace lock::ops {
namespace {

using test::TreeWorld;

struct Driver {
  TreeWorld world;
  MergeOptions options{world.folder.path() / "base", world.folder.path() / "ours", world.folder.path() / "theirs",
                       "team/images.lock"};

  Driver() {
    world.registry.add_index("docker.io/library/nginx:1", {"linux/amd64"});
    world.registry.add_index("docker.io/library/redis:7", {"linux/amd64"});
  }
  // The lock of the world as it is now, as one of the three versions.
  void keep(std::string_view side) const { world.folder.write(side, world.lock()); }
  std::string merge() const {
    const auto result = ops::merge(options);
    return result ? test::show(result->findings) + std::to_string(result->entries) + " entries\n"
                  : test::show(result.error());
  }
};

TEST(MergeDriver, WritesTheMergeToOurs) {
  Driver driver;
  driver.world.add("Dockerfile:1", "nginx:1");
  (void)driver.world.update();
  driver.keep("base");
  driver.keep("ours");
  driver.world.add("Dockerfile:2", "redis:7");
  (void)driver.world.update();
  driver.keep("theirs");
  EXPECT_EQ(driver.merge(), "2 entries\n");
  EXPECT_EQ(driver.world.folder.read("ours"), driver.world.lock());
}

TEST(MergeDriver, NamesTheCommandThatMends) {
  Driver driver;
  driver.world.add("Dockerfile:1", "nginx:1");
  (void)driver.world.update();
  driver.keep("base");
  for (const char* side : {"ours", "theirs"}) {
    driver.world.registry.add_index("docker.io/library/nginx:1", {"linux/amd64"}, side);
    (void)driver.world.update({.upgrade = true});
    driver.keep(side);
  }
  const std::string ours = driver.world.registry.add_index("x:1", {"linux/amd64"}, "ours").short_text();
  const std::string theirs = driver.world.registry.add_index("x:1", {"linux/amd64"}, "theirs").short_text();
  EXPECT_EQ(driver.merge(), "team/images.lock:1:1: error[lock-conflict]: nginx:1: ours has " + ours + ", theirs has " +
                                theirs +
                                "\n  reference: docker.io/library/nginx:1\n  hint: when the other files are merged, "
                                "run `lock merge --resolve "
                                "team/images.lock`\n0 entries\n");
}

TEST(MergeDriver, LeavesBothTextsWhenASideIsNoLock) {
  Driver driver;
  driver.world.add("Dockerfile:1", "nginx:1");
  (void)driver.world.update();
  driver.keep("base");
  driver.keep("ours");
  std::string broken = driver.world.lock();
  broken.replace(broken.find("sha256:") + 7, 1, "x");
  driver.world.folder.write("theirs", broken);
  EXPECT_EQ(driver.merge(),
            "team/images.lock:1:1: error[lock-conflict]: theirs is no sound lock (line 6): malformed digest: a digest "
            "has lower-case hex digits only\n"
            "  hint: take the sound side whole, then run `lock update`\n0 entries\n");
  EXPECT_EQ(driver.world.folder.read("ours"),
            "<<<<<<< ours\n" + driver.world.lock() + "=======\n" + broken + ">>>>>>> theirs\n");
}

// git gives an empty file when both branches added the lock, and one with markers when the ancestors conflict.
TEST(MergeDriver, ABaseThatIsNoLockIsNoMeasure) {
  for (const char* base : {"", "<<<<<<< ours\n=======\n>>>>>>> theirs\n"}) {
    Driver driver;
    driver.world.folder.write("base", base);
    driver.world.add("Dockerfile:1", "nginx:1");
    (void)driver.world.update();
    driver.keep("ours");
    driver.world.add("Dockerfile:2", "redis:7");
    (void)driver.world.update();
    driver.keep("theirs");
    EXPECT_EQ(driver.merge(), "2 entries\n");
  }
}

TEST(MergeDriver, AMissingFileIsAnError) {
  Driver driver;
  EXPECT_FALSE(ops::merge(driver.options));
}

// `merge --resolve` begins an update with what is merged; what both sides changed is resolved anew.
struct Resolving : TreeWorld {
  StartingLock start{"images.lock", {}, {}};

  Resolving() {
    registry.add_index("docker.io/library/nginx:1", {"linux/amd64"});
    registry.add_index("docker.io/library/redis:7", {"linux/amd64"});
    add("Dockerfile:1", "nginx:1");
    add("Dockerfile:2", "redis:7");
    (void)update();
    start.document = document::sound(document::read(lock(), "images.lock")).value();
    start.doubtful = {image::Reference::parse("nginx:1").value()};
    folder.write("images.lock", "<<<<<<< ours\n=======\n>>>>>>> theirs\n");
    registry.asked.clear();
  }
};

TEST(ResolveMerge, AsksForWhatIsDoubtfulAlone) {
  Resolving world;
  const auto moved = world.registry.add_index("docker.io/library/nginx:1", {"linux/amd64"}, "2");
  const auto result = world.update({.starts = {world.start}});
  EXPECT_TRUE(result.findings.empty()) << test::show(result);
  EXPECT_TRUE(result.undetermined.empty()) << test::show(result);
  EXPECT_EQ(world.registry.asked, (std::vector<std::string>{"resolve docker.io/library/nginx:1",
                                                            "manifest docker.io/library/nginx@" + moved.text()}));
  TreeWorld fresh;
  fresh.registry.add_index("docker.io/library/nginx:1", {"linux/amd64"}, "2");
  fresh.registry.add_index("docker.io/library/redis:7", {"linux/amd64"});
  fresh.add("Dockerfile:1", "nginx:1");
  fresh.add("Dockerfile:2", "redis:7");
  (void)fresh.update();
  EXPECT_EQ(world.lock(), fresh.lock());
}

TEST(ResolveMerge, LeavesOutWhatCannotBeResolved) {
  Resolving world;
  world.registry.fail_host("docker.io", ErrorKind::unreachable);
  const auto result = world.update({.starts = {world.start}});
  ASSERT_EQ(result.undetermined.size(), 1U) << test::show(result);
  EXPECT_EQ(result.undetermined.front().finding.message, "cannot resolve nginx:1");
  const auto left = document::sound(document::read(world.lock(), "images.lock"));
  ASSERT_TRUE(left);
  ASSERT_EQ(left->entries().size(), 1U);
  EXPECT_EQ(left->entries().front().reference.familiar(), "redis:7");
}

TEST(ResolveMerge, DropsWhatNoFileNamesAndAsksNobody) {
  Resolving world;
  world.start.doubtful.clear();
  world.forget();
  world.add("Dockerfile:1", "redis:7");
  (void)world.update({.starts = {world.start}});
  EXPECT_TRUE(world.registry.asked.empty());
  EXPECT_EQ(world.lock().find("nginx"), std::string::npos);
}

}  // namespace
}  // namespace lock::ops
