// `lock update --write-pins`: sources and lock move together.
#include <gtest/gtest.h>

#include "lockfile/ops/update.hpp"
#include "tests/support/pin_world.hpp"

namespace lock::ops {
namespace {

using test::FileMap;
using test::show;

class UpdatePins : public ::testing::Test {
 protected:
  // A tree and its lock as an update left them, "%" for the old digest of nginx:1; then the tag moves.
  void begin(FileMap files, bool is_signed = false) {
    for (auto& [file, text] : files) text = filled(text, old);
    world.emplace(std::move(files));
    std::filesystem::remove(world->folder.path() / "images.lock");
    old = add("old");
    if (is_signed) world->verifier.sign(old, test::workflow("release"));
    world->update();
    moved = add("moved");
  }
  image::Digest add(std::string_view salt) { return world->registry.add_index("nginx:1", {"linux/amd64"}, salt); }
  static std::string filled(std::string text, const image::Digest& digest) {
    for (std::size_t at = text.find('%'); at != text.npos; at = text.find('%')) text.replace(at, 1, digest.text());
    return text;
  }
  UpdateResult upgrade(bool dry_run = false, std::vector<std::string> images = {}) {
    world->rescan();
    const Opened opened = world->opened();
    UpdateOptions options;
    options.upgrade = images.empty();
    options.images = std::move(images);
    options.dry_run = dry_run;
    options.write_pins = &opened;
    return world->update(options);
  }
  std::string plain_update() {
    world->rescan();
    return show(world->update());
  }
  std::string verify() {
    world->rescan();
    auto result = verify_tree(world->workspace, world->scan);
    return result ? show(*result) : show(result.error());
  }
  [[nodiscard]] std::string read(const std::string& file) const { return world->folder.read(file); }
  [[nodiscard]] std::string change(const std::string& reason) const {
    return "images.lock: digest docker.io/library/nginx:1 " + old.text().substr(7, 6) + " -> " +
           moved.text().substr(7, 6) + " (" + reason + ")\n";
  }

  // The digest is that of the contents, whatever world they are put into.
  image::Digest old = test::MemoryRegistry().add_index("nginx:1", {"linux/amd64"}, "old");
  image::Digest moved = old;
  std::optional<test::PinWorld> world;
};

TEST_F(UpdatePins, SourcesAndLockMoveTogether) {
  begin({{"Dockerfile", "FROM nginx:1@% AS a\r\n"}, {"b/Dockerfile", "FROM nginx:1\nFROM nginx:1@%\n"}});
  const UpdateResult result = upgrade();
  EXPECT_EQ(show(result), change("the tag moved"));
  EXPECT_EQ(read("Dockerfile"), filled("FROM nginx:1@% AS a\r\n", moved));
  EXPECT_EQ(read("b/Dockerfile"), filled("FROM nginx:1\nFROM nginx:1@%\n", moved));
  ASSERT_EQ(result.pins.changed.size(), 2U);
  EXPECT_EQ(result.pins.changed.front().digest, moved.text());
  EXPECT_EQ(verify(), "");
  EXPECT_EQ(show(upgrade()), "");
  EXPECT_EQ(plain_update(), "");
}

TEST_F(UpdatePins, ADryRunShowsBothAndWritesNeither) {
  begin({{"Dockerfile", "FROM nginx:1@%\n"}});
  const std::string lock = world->lock();
  const UpdateResult result = upgrade(true);
  EXPECT_EQ(show(result), change("pinned in Dockerfile:1"));
  ASSERT_EQ(result.pins.files.size(), 1U);
  EXPECT_EQ(result.pins.files.front().after, filled("FROM nginx:1@%\n", moved));
  EXPECT_EQ(read("Dockerfile"), filled("FROM nginx:1@%\n", old));
  EXPECT_EQ(world->lock(), lock);
}

TEST_F(UpdatePins, OtherPinsAndOtherImagesStay) {
  begin({{"Dockerfile", "FROM nginx:1@%\nFROM redis:7\n"}});
  world->registry.add_index("redis:7", {"linux/amd64"}, "old");
  plain_update();
  const std::string lock = world->lock();
  EXPECT_EQ(show(upgrade(false, {"redis:7"})), "");
  EXPECT_EQ(read("Dockerfile"), filled("FROM nginx:1@%\nFROM redis:7\n", old));
  EXPECT_EQ(world->lock(), lock);
  // A pin that differs from the tag's entry is somebody's choice.
  const std::string two = filled("FROM nginx:1\nFROM nginx:1@%\n", old);
  world->folder.write("Dockerfile", two);
  add("newer");
  std::filesystem::remove(world->folder.path() / "images.lock");
  plain_update();
  upgrade();
  EXPECT_EQ(read("Dockerfile"), two);
}

TEST_F(UpdatePins, APlaceThatCannotBeWrittenKeepsItsPinInAnEntryOfItsOwn) {
  begin({{"compose.yaml", "services:\n  web:\n    image: nginx:1@${DIGEST}\n"},
         {".env", "DIGEST=%\n"},
         {"b/Dockerfile", "FROM nginx:1@%\n"}});
  const UpdateResult result = upgrade();
  ASSERT_EQ(result.pins.kept.size(), 1U) << show(result);
  EXPECT_EQ(result.pins.kept.front().place.file, "compose.yaml");
  EXPECT_FALSE(result.pins.kept.front().reason.empty());
  EXPECT_EQ(read("b/Dockerfile"), filled("FROM nginx:1@%\n", moved));
  const std::string shown = show(result);
  EXPECT_NE(shown.find("added docker.io/library/nginx:1@" + old.text()), shown.npos) << shown;
  EXPECT_NE(shown.find("warning[pins-differ]"), shown.npos) << shown;
  EXPECT_EQ(verify().find("error"), std::string::npos) << verify();
}

TEST_F(UpdatePins, WhenNoPlaceCanBeWrittenTheTagStays) {
  begin({{"compose.yaml", "services:\n  web:\n    image: nginx:1@${DIGEST}\n"}, {".env", "DIGEST=%\n"}});
  const std::string lock = world->lock();
  const UpdateResult result = upgrade();
  EXPECT_EQ(result.pins.kept.size(), 1U);
  EXPECT_EQ(show(result), "");
  EXPECT_EQ(world->lock(), lock);
}

TEST_F(UpdatePins, ADigestThatIsRefusedIsNotWrittenAnywhere) {
  begin({{"Dockerfile", "FROM nginx:1@%\n"}}, true);
  const std::string lock = world->lock();
  EXPECT_NE(lock.find("signers = ["), lock.npos);
  const std::string shown = show(upgrade());
  EXPECT_NE(shown.find("error[signer-"), shown.npos) << shown;
  EXPECT_EQ(read("Dockerfile"), filled("FROM nginx:1@%\n", old));
  EXPECT_EQ(world->lock(), lock);
}

TEST_F(UpdatePins, AFileThatChangedMeanwhileIsNotOverwrittenAndTheLockFitsIt) {
  begin({{"Dockerfile", "FROM nginx:1@%\n"}, {"b/Dockerfile", "FROM nginx:1@%\n"}});
  world->rescan();
  const std::string saved = filled("# saved by an editor\nFROM nginx:1@%\n", old);
  world->folder.write("Dockerfile", saved);
  const Opened opened = world->opened();
  UpdateOptions options;
  options.upgrade = true;
  options.write_pins = &opened;
  const UpdateResult result = world->update(options);
  EXPECT_EQ(read("Dockerfile"), saved);
  EXPECT_EQ(read("b/Dockerfile"), filled("FROM nginx:1@%\n", moved));
  ASSERT_EQ(result.undetermined.size(), 1U) << show(result);
  EXPECT_EQ(result.undetermined.front().finding.check, "source-changed");
  EXPECT_EQ(verify().find("error"), std::string::npos) << verify();
}

// A crash leaves some sources written, in order, and the old lock: verify says so, and the same update ends it.
TEST_F(UpdatePins, ACrashBetweenSourcesAndLockIsCalledOutAndEnded) {
  begin({{"Dockerfile", "FROM nginx:1@%\n"}, {"b/Dockerfile", "FROM nginx:1@%\n"}});
  const std::string before = world->lock();
  upgrade();
  const std::string after = world->lock();
  for (const auto& untouched : {std::vector<std::string>{}, std::vector<std::string>{"b/Dockerfile"}}) {
    world->folder.write("images.lock", before);
    for (const std::string& file : untouched) world->folder.write(file, filled("FROM nginx:1@%\n", old));
    EXPECT_NE(verify().find("error[image-not-locked]"), std::string::npos) << verify();
    upgrade();
    EXPECT_EQ(world->lock(), after);
    EXPECT_EQ(read("b/Dockerfile"), filled("FROM nginx:1@%\n", moved));
    EXPECT_EQ(verify(), "");
  }
  world->folder.write("images.lock", before);
  plain_update();
  EXPECT_EQ(world->lock(), after);
}

TEST_F(UpdatePins, ARegistryThatDoesNotAnswerLeavesAllAsItIs) {
  begin({{"Dockerfile", "FROM nginx:1@%\n"}});
  const std::string lock = world->lock();
  world->registry.fail_host("docker.io", ErrorKind::unreachable);
  const UpdateResult result = upgrade();
  EXPECT_EQ(result.undetermined.size(), 1U) << show(result);
  EXPECT_EQ(world->lock(), lock);
  EXPECT_EQ(read("Dockerfile"), filled("FROM nginx:1@%\n", old));
}

}  // namespace
}  // namespace lock::ops
