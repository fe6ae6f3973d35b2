#include "resolver/tree/reading.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "tests/support/somebody_else.hpp"
#include "tests/support/temporary_tree.hpp"

namespace lock::tree {
namespace {

using support::SomebodyElse;
using support::TemporaryTree;

using Paths = std::vector<std::string>;
using Severity = image::Problem::Severity;

Interest interest_of(std::string_view path) {
  if (path.ends_with("Dockerfile")) return Interest::declared;
  return path.ends_with(".yaml") ? Interest::possible : Interest::none;
}

Listing listing_of(const std::filesystem::path& start) {
  const auto location = locate(start);
  if (!location) throw std::runtime_error(base::describe(location.error()));
  auto listing = list_files(*location, {.interest = interest_of, .only = {}, .threads = 2});
  if (!listing) throw std::runtime_error(base::describe(listing.error()));
  return std::move(*listing);
}

struct Seen {
  std::map<std::string, std::string> files;  // "name" or "name at path" -> contents
  Reading reading;
  Paths problems;
};

Seen read_all(const Listing& listing, const ReadingOptions& options = {.threads = 2}) {
  Seen seen;
  std::mutex mutex;
  auto reading = read_each(listing, options, [&](const File& file) {
    const std::lock_guard guard(mutex);
    std::string key(file.name);
    if (file.name != file.path) key += " at " + std::string(file.path);
    EXPECT_EQ(listing.files.at(file.index).path, file.name);
    EXPECT_TRUE(seen.files.emplace(key, file.bytes).second) << key << " was read twice";
  });
  if (!reading) throw std::runtime_error(base::describe(reading.error()));
  for (const auto& problem : reading->problems) {
    const char* severity = problem.severity == Severity::undetermined ? "undetermined" : "warning";
    seen.problems.push_back(problem.place.file + ": " + severity + ": " + problem.message);
  }
  seen.reading = std::move(*reading);
  return seen;
}

using Files = std::map<std::string, std::string>;

TEST(ReadEach, WhatIsOfInterestIsRead) {
  const TemporaryTree tree;
  tree.file("a.yaml", "one");
  tree.file("b/Dockerfile", "FROM x");
  tree.file("b/c.txt", "no");
  tree.file("empty.yaml", "");
  tree.file("nul.yaml", std::string_view("a\0b", 3));
  const auto seen = read_all(listing_of(tree.path()));
  EXPECT_EQ(
      seen.files,
      (Files{{"a.yaml", "one"}, {"b/Dockerfile", "FROM x"}, {"empty.yaml", ""}, {"nul.yaml", std::string("a\0b", 3)}}));
  EXPECT_EQ(seen.problems, Paths{});
  EXPECT_EQ(seen.reading.files, 4u);
  EXPECT_EQ(seen.reading.bytes, 12u);
}

TEST(ReadEach, AnyNumberOfThreadsReadsEachFileOnce) {
  const TemporaryTree tree;
  Files expected;
  for (int i = 0; i < 500; ++i) {
    const std::string name =
        "d" + std::to_string(i % 7) + "/e" + std::to_string(i % 13) + "/" + std::to_string(i) + ".yaml";
    tree.file(name, name);
    expected.emplace(name, name);
  }
  const auto listing = listing_of(tree.path());
  for (const unsigned threads : {1u, 2u, 3u, 8u}) {
    EXPECT_EQ(read_all(listing, {.threads = threads}).files, expected);
  }
}

TEST(ReadEach, NoLinkLeadsOutOfTheTree) {
  const TemporaryTree outside;
  outside.file("secret.yaml", "secret");
  outside.file("folder/Dockerfile", "secret");
  const TemporaryTree tree;
  tree.file("a.yaml", "a");
  tree.link("absolute.yaml", (outside / "secret.yaml").string());
  tree.link("x/relative.yaml", "../../" + outside.path().filename().string() + "/secret.yaml");
  tree.link("Dockerfile", (outside / "folder/Dockerfile").string());
  tree.link("folder", (outside / "folder").string());
  tree.link("there-and-back.yaml", (outside / "back/a.yaml").string());
  outside.link("back", tree.path().string());
  const auto seen = read_all(listing_of(tree.path()));
  EXPECT_EQ(seen.files, (Files{{"a.yaml", "a"}}));
  EXPECT_EQ(seen.problems,
            (Paths{"Dockerfile: undetermined: the symbolic link leads out of the tree and is not followed",
                   "absolute.yaml: warning: the symbolic link leads out of the tree and is not followed",
                   "x/relative.yaml: warning: the symbolic link leads out of the tree and is not followed"}));
  EXPECT_EQ(seen.reading.links, 4u);
}

TEST(ReadEach, AFileBehindSeveralLinksIsReadOnce) {
  const TemporaryTree tree;
  tree.file("real.yaml", "real");
  tree.link("one.yaml", "real.yaml");
  tree.link("x/two.yaml", "../one.yaml");
  tree.file("container.txt", "FROM x");
  tree.link("x/Dockerfile", "../container.txt");
  tree.link("y/Dockerfile", "../x/Dockerfile");
  const auto seen = read_all(listing_of(tree.path()));
  EXPECT_EQ(seen.files, (Files{{"real.yaml", "real"}, {"x/Dockerfile at container.txt", "FROM x"}}));
  EXPECT_EQ(seen.problems, Paths{});
  EXPECT_EQ(seen.reading.links, 4u);
}

TEST(ReadEach, LoopsDanglingLinksAndLinksToFolders) {
  const TemporaryTree tree;
  tree.file("folder/a.yaml", "a");
  tree.link("folder.yaml", "folder");
  tree.link("loop.yaml", "loop.yaml");
  tree.link("dangling.yaml", "nowhere");
  tree.link("folder/up", "..");
  const auto seen = read_all(listing_of(tree.path()));
  EXPECT_EQ(seen.files, (Files{{"folder/a.yaml", "a"}}));
  EXPECT_EQ(seen.problems, (Paths{"loop.yaml: warning: the symbolic link cannot be followed: Too many levels of "
                                  "symbolic links"}));
  EXPECT_EQ(seen.reading.gone, 1u);
}

TEST(ReadEach, ALinkToWhatIsLeftOutIsSaid) {
  const TemporaryTree tree;
  tree.file("vendor/Dockerfile", "FROM x");
  tree.file("ignored.yaml", "x");
  tree.file(".lockignore", "ignored.yaml\n");
  tree.link("Dockerfile", "vendor/Dockerfile");
  tree.link("b.yaml", "ignored.yaml");
  const auto seen = read_all(listing_of(tree.path()));
  EXPECT_EQ(seen.files, Files{});
  EXPECT_EQ(seen.problems,
            (Paths{"Dockerfile: undetermined: the symbolic link leads to 'vendor/Dockerfile', which is left out",
                   "b.yaml: warning: the symbolic link leads to 'ignored.yaml', which is left out"}));
}

TEST(ReadEach, AFolderThatBecameALinkIsNotEntered) {
  const TemporaryTree outside;
  outside.file("a.yaml", "secret");
  const TemporaryTree tree;
  tree.file("x/a.yaml", "a");
  tree.file("x/y/a.yaml", "a");
  const auto listing = listing_of(tree.path());
  tree.remove("x");
  tree.link("x", outside.path().string());
  const auto seen = read_all(listing);
  EXPECT_EQ(seen.files, Files{});
  EXPECT_EQ(seen.reading.gone, 2u);
}

TEST(ReadEach, TrackedFilesUnderALinkAreDeletedFiles) {
  const TemporaryTree tree;
  tree.git({"init", "-q"});
  tree.file("x/a.yaml", "a");
  tree.file("real/a.yaml", "real");
  tree.git({"add", "-A"});
  tree.remove("x");
  tree.link("x", "real");
  const auto seen = read_all(listing_of(tree.path()));
  EXPECT_EQ(seen.files, (Files{{"real/a.yaml", "real"}}));
  EXPECT_EQ(seen.problems, Paths{});
}

TEST(ReadEach, FifosAndDevicesAreNeverOpened) {
  const TemporaryTree tree;
  ASSERT_EQ(mkfifo((tree / "Dockerfile").c_str(), 0600), 0);
  tree.file("a.yaml", "a");
  const auto listing = listing_of(tree.path());
  // A reader on the other end would let this open succeed.
  Seen seen;
  std::thread reader([&] { seen = read_all(listing); });
  int opened = 0;
  for (int i = 0; i < 50; ++i) {
    const int writer = open((tree / "Dockerfile").c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (writer >= 0) {
      ++opened;
      close(writer);
    }
  }
  reader.join();
  EXPECT_EQ(opened, 0);
  EXPECT_EQ(seen.files, (Files{{"a.yaml", "a"}}));
  EXPECT_EQ(seen.problems,
            Paths{"Dockerfile: undetermined: the file is a FIFO, a socket or a device and was not opened"});
}

TEST(ReadEach, AFileThatVanishedIsPassedOver) {
  const TemporaryTree tree;
  tree.git({"init", "-q"});
  for (const char* name : {"a.yaml", "deleted.yaml", "gone/with-its-folder.yaml", "now-a-folder.yaml"})
    tree.file(name, "x");
  tree.git({"add", "-A"});
  tree.remove("deleted.yaml");
  const auto listing = listing_of(tree.path());
  tree.remove("gone");
  tree.remove("now-a-folder.yaml");
  tree.file("now-a-folder.yaml/inside", "x");
  const auto seen = read_all(listing);
  EXPECT_EQ(seen.files, (Files{{"a.yaml", "x"}}));
  EXPECT_EQ(seen.problems, Paths{});
  EXPECT_EQ(seen.reading.gone, 2u);
}

TEST(ReadEach, AFileThatCannotBeReadIsSaid) {
  const TemporaryTree tree;
  tree.file("Dockerfile", "FROM x");
  tree.file("a.yaml", "a");
  tree.file("b.yaml", "b");
  const auto listing = listing_of(tree.path());
  chmod((tree / "Dockerfile").c_str(), 0);
  chmod((tree / "a.yaml").c_str(), 0);
  chmod(tree.path().c_str(), 0755);
  chmod((tree / "b.yaml").c_str(), 0644);
  const auto seen = [&] {
    const SomebodyElse somebody;
    return read_all(listing);
  }();
  EXPECT_EQ(seen.files, (Files{{"b.yaml", "b"}}));
  EXPECT_EQ(seen.problems, (Paths{"Dockerfile: undetermined: the file cannot be read: Permission denied",
                                  "a.yaml: warning: the file cannot be read: Permission denied"}));
  EXPECT_EQ(seen.reading.problems.at(0).hint, "make it readable, or leave it out with a .lockignore");
}

TEST(ReadEach, LargeFilesAreSaidAndNotRead) {
  const TemporaryTree tree;
  tree.file("Dockerfile", std::string(101, 'x'));
  tree.file("a.yaml", std::string(100, 'x'));
  tree.file("b.yaml", std::string(100'000, 'x'));
  const auto seen = read_all(listing_of(tree.path()), {.threads = 2, .most_bytes = 100});
  EXPECT_EQ(seen.files, (Files{{"a.yaml", std::string(100, 'x')}}));
  EXPECT_EQ(seen.problems, (Paths{"Dockerfile: undetermined: the file is larger than 100 bytes and was not read",
                                  "b.yaml: warning: the file is larger than 100 bytes and was not read"}));
}

TEST(ReadEach, AHoleOfATerabyteCostsNothing) {
  const TemporaryTree tree;
  tree.file("a.yaml", "");
  ASSERT_EQ(truncate((tree / "a.yaml").c_str(), off_t{1} << 40), 0);
  const auto seen = read_all(listing_of(tree.path()));
  EXPECT_EQ(seen.problems, (Paths{"a.yaml: warning: the file is larger than 16777216 bytes and was not read"}));
}

TEST(ReadEach, ScopesAreThoseOfThePlace) {
  const TemporaryTree tree;
  tree.file("a/images.toml");
  tree.file("a/text", "FROM x");
  tree.link("b/Dockerfile", "../a/text");
  const auto listing = listing_of(tree.path());
  ASSERT_EQ(listing.scopes, (Paths{"", "a"}));
  std::uint32_t scope = 7;
  ASSERT_TRUE(read_each(listing, {.threads = 2}, [&](const File& file) { scope = file.scope; }));
  EXPECT_EQ(scope, 1u);
}

TEST(ReadEach, AnExceptionComesOut) {
  const TemporaryTree tree;
  for (int i = 0; i < 300; ++i) tree.file(std::to_string(i) + ".yaml");
  const auto listing = listing_of(tree.path());
  const auto fails = [](const File&) { throw std::runtime_error("a bug"); };
  EXPECT_THROW((void)read_each(listing, {.threads = 4}, fails), std::runtime_error);
}

TEST(Descent, NeverLeavesItsFolder) {
  const TemporaryTree tree;
  tree.file("in/a/b", "b");
  tree.file("out", "out");
  auto descent = Descent::at((tree / "in").string());
  ASSERT_TRUE(descent);
  EXPECT_EQ(descent->look("a/b"), Outcome::opened);
  EXPECT_EQ(descent->look("../out"), Outcome::gone);
  EXPECT_EQ(descent->look("a/../../out"), Outcome::gone);
  EXPECT_EQ(descent->look("/etc/passwd"), Outcome::gone);
  EXPECT_EQ(descent->look("a"), Outcome::folder);
  EXPECT_EQ(descent->look("a/b/c"), Outcome::gone);
  EXPECT_EQ(descent->look("a/b"), Outcome::opened);
}

}  // namespace
}  // namespace lock::tree
