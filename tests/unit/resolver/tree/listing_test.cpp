#include "resolver/tree/listing.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "tests/support/somebody_else.hpp"
#include "tests/support/source_dir.hpp"
#include "tests/support/temporary_tree.hpp"

namespace lock::tree {
namespace {

using support::SomebodyElse;
using support::TemporaryTree;

using Paths = std::vector<std::string>;

Interest yaml_only(std::string_view path) { return path.ends_with(".yaml") ? Interest::possible : Interest::none; }

Result<Listing> list(const std::filesystem::path& start, unsigned threads = 2) {
  const auto location = locate(start);
  if (!location) return std::unexpected(location.error());
  return list_files(*location, {.interest = yaml_only, .only = {}, .threads = threads});
}

Paths paths_of(const Result<Listing>& listing) {
  if (!listing) return {"error: " + base::describe(listing.error())};
  Paths paths;
  for (const auto& file : listing->files) paths.push_back(file.path);
  return paths;
}

Paths messages_of(const std::vector<image::Problem>& problems) {
  Paths messages;
  for (const auto& problem : problems) messages.push_back(problem.place.file + ": " + problem.message);
  return messages;
}

// The same tests hold with git and without.
class Both : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam()) tree.git({"init", "-q"});
  }
  TemporaryTree tree;
};
INSTANTIATE_TEST_SUITE_P(Listing, Both, ::testing::Bool(),
                         [](const auto& parameter) { return parameter.param ? "Git" : "Plain"; });

TEST_P(Both, FilesComeSortedByBytes) {
  for (const char* name : {"b.yaml", "a/z.yaml", "a.yaml", "a-b.yaml", "B.yaml", "a/b/c.json", ".hidden/x.yaml"}) {
    tree.file(name);
  }
  const auto listing = list(tree.path());
  EXPECT_EQ(paths_of(listing),
            (Paths{".hidden/x.yaml", "B.yaml", "a-b.yaml", "a.yaml", "a/b/c.json", "a/z.yaml", "b.yaml"}));
  EXPECT_EQ(listing->from_git, GetParam());
  EXPECT_EQ(listing->files[0].interest, Interest::possible);
  EXPECT_EQ(listing->files[4].interest, Interest::none);
  ASSERT_NE(listing->find("a/z.yaml"), nullptr);
  EXPECT_EQ(listing->find("a/z.yaml")->path, "a/z.yaml");
  EXPECT_EQ(listing->find("a/zz.yaml"), nullptr);
  EXPECT_EQ(listing->find("zz"), nullptr);
}

TEST_P(Both, NamesAreBytes) {
  const Paths names = {"\x01.yaml", "\xff\xfe.yaml", "a\nb.yaml", "a\tb.yaml", "quo\"te.yaml", "\xe2\x82\xac.yaml"};
  for (const auto& name : names) tree.file(name);
  Paths sorted = names;
  std::ranges::sort(sorted);
  EXPECT_EQ(paths_of(list(tree.path())), sorted);
  if (!GetParam()) return;
  tree.git({"add", "-A"});
  EXPECT_EQ(paths_of(list(tree.path())), sorted);
}

TEST_P(Both, NamesThatLookLikeRowsOfGitAreNames) {
  const std::string name = "160000 0123456789012345678901234567890123456789 0\tx.yaml";
  tree.file(name);
  tree.file("H 100644 y.yaml");
  const auto listing = list(tree.path());
  EXPECT_EQ(paths_of(listing), (Paths{name, "H 100644 y.yaml"}));
  EXPECT_EQ(listing->submodules, 0u);
}

TEST_P(Both, OtherPeoplesCodeAndMadeUpInputAreSkippedAndCounted) {
  for (const char* name : {"vendor/a.yaml", "x/vendor/a.yaml", "x/vendor/deep/vendor/a.yaml", "node_modules/a.yaml",
                           "x/testdata/a.yaml", "vendors/a.yaml", "x/vendor.yaml", "y/vendor"}) {
    tree.file(name);
  }
  const auto listing = list(tree.path());
  EXPECT_EQ(paths_of(listing), (Paths{"vendors/a.yaml", "x/vendor.yaml", "y/vendor"}));
  const std::map<std::string, std::size_t, std::less<>> expected = {
      {"node_modules", 1}, {"testdata", 1}, {"vendor", 2}};
  EXPECT_EQ(listing->left_out.skipped_folders, expected);
  EXPECT_EQ(listing->left_out.ignored, 0u);
}

TEST_P(Both, ARunMayStandInASkippedFolder) {
  tree.file("vendor/images.toml");
  tree.file("vendor/a.yaml");
  tree.file("vendor/x/vendor/a.yaml");
  EXPECT_EQ(paths_of(list(tree / "vendor")), (Paths{"a.yaml", "images.toml"}));
}

TEST_P(Both, LockignoreLeavesOut) {
  tree.file(".lockignore", "*.tmp.yaml\n/docs/\n!keep.tmp.yaml\n");
  tree.file("x/.lockignore", "/only-here.yaml\n!a.tmp.yaml\n");
  for (const char* name : {"a.tmp.yaml", "keep.tmp.yaml", "docs/a.yaml", "docs/deep/keep.tmp.yaml", "x/docs/a.yaml",
                           "x/a.tmp.yaml", "x/only-here.yaml", "x/y/only-here.yaml", "x/b.tmp.yaml", "a.yaml"}) {
    tree.file(name);
  }
  const auto listing = list(tree.path());
  EXPECT_EQ(paths_of(listing), (Paths{".lockignore", "a.yaml", "keep.tmp.yaml", "x/.lockignore", "x/a.tmp.yaml",
                                      "x/docs/a.yaml", "x/y/only-here.yaml"}));
  EXPECT_EQ(listing->left_out.ignored, 4u);  // a.tmp.yaml, docs, x/only-here.yaml, x/b.tmp.yaml
  EXPECT_EQ(messages_of(listing->problems), Paths{});
}

TEST_P(Both, LockignoreOfTheOuterScopeHoldsInTheInner) {
  tree.file("images.toml");
  tree.file(".lockignore", "/a/b/no.yaml\n*.skip.yaml\n");
  tree.file("a/.lockignore", "!c.skip.yaml\n");
  tree.file("a/b/images.toml");
  for (const char* name : {"a/b/no.yaml", "a/b/yes.yaml", "a/b/c.skip.yaml", "a/b/d.skip.yaml"}) tree.file(name);
  EXPECT_EQ(paths_of(list(tree / "a/b")), (Paths{"c.skip.yaml", "images.toml", "yes.yaml"}));
}

TEST_P(Both, ALockignoreThatIsALinkIsSaidAndNotRead) {
  tree.file("rules", "*.yaml\n");
  tree.file("a.yaml");
  tree.link("x/.lockignore", "../rules");
  const auto listing = list(tree.path());
  EXPECT_EQ(paths_of(listing), (Paths{"a.yaml", "rules", "x/.lockignore"}));
  EXPECT_EQ(messages_of(listing->problems),
            Paths{"x/.lockignore: the ignore file is a symbolic link and is not followed"});
}

TEST_P(Both, ALockignoreThatIsTooLargeIsSaid) {
  tree.file(".lockignore", std::string(200'000, '#'));
  const auto listing = list(tree.path());
  EXPECT_EQ(messages_of(listing->problems),
            Paths{".lockignore: the ignore file is larger than 131072 bytes and was not read"});
}

TEST_P(Both, NestedScopes) {
  for (const char* name : {"images.toml", "top.yaml", "a/images.toml", "a/x.yaml", "a/b/y.yaml", "a/b/c/images.toml",
                           "a/b/c/z.yaml", "aa/w.yaml", "vendor/images.toml"}) {
    tree.file(name);
  }
  const auto listing = list(tree.path());
  ASSERT_TRUE(listing) << base::describe(listing.error());
  EXPECT_EQ(listing->scopes, (Paths{"", "a", "a/b/c"}));
  const auto scope_of = [&](const char* path) { return listing->scopes.at(listing->find(path)->scope); };
  EXPECT_EQ(scope_of("top.yaml"), "");
  EXPECT_EQ(scope_of("a/x.yaml"), "a");
  EXPECT_EQ(scope_of("a/b/y.yaml"), "a");
  EXPECT_EQ(scope_of("a/b/c/z.yaml"), "a/b/c");
  EXPECT_EQ(scope_of("aa/w.yaml"), "");
}

TEST_P(Both, ARunKeepsToItsScope) {
  for (const char* name : {"images.toml", "top.yaml", "a/images.toml", "a/x.yaml", "a/b/y.yaml", "ab/z.yaml"}) {
    tree.file(name);
  }
  const auto listing = list(tree / "a/b");
  EXPECT_EQ(paths_of(listing), (Paths{"b/y.yaml", "images.toml", "x.yaml"}));
  EXPECT_EQ(listing->root, (tree / "a").string());
  EXPECT_EQ(listing->scopes, Paths{""});
}

TEST_P(Both, OnlyWhatWasAskedFor) {
  for (const char* name : {"a.yaml", "a/b.yaml", "a/c/d.yaml", "ab/e.yaml", "f.yaml"}) tree.file(name);
  const auto location = locate(tree.path());
  ASSERT_TRUE(location);
  EXPECT_EQ(paths_of(list_files(*location, {.interest = yaml_only, .only = {"a", "f.yaml"}, .threads = 2})),
            (Paths{"a/b.yaml", "a/c/d.yaml", "f.yaml"}));
}

TEST_P(Both, TheListIsTheSameForAnyOrderOnDiskAndAnyNumberOfThreads) {
  Paths names;
  for (int i = 0; i < 300; ++i) {
    names.push_back("d" + std::to_string(i % 17) + "/e" + std::to_string(i % 5) + "/f" + std::to_string(i) + ".yaml");
  }
  names.push_back("d3/.lockignore");
  std::mt19937 random(20261124);
  Paths expected;
  for (int round = 0; round < 3; ++round) {
    const TemporaryTree shuffled;
    if (GetParam()) shuffled.git({"init", "-q"});
    std::ranges::shuffle(names, random);
    for (const auto& name : names) shuffled.file(name, "/e1/\n");
    for (const unsigned threads : {1u, 2u, 8u, 64u}) {
      const auto paths = paths_of(list(shuffled.path(), threads));
      if (expected.empty()) expected = paths;
      EXPECT_EQ(paths, expected);
    }
  }
  EXPECT_GT(expected.size(), 280u);
  EXPECT_LT(expected.size(), 300u);
}

TEST_P(Both, AnEmptyTreeIsAnEmptyList) {
  const auto listing = list(tree.path());
  EXPECT_EQ(paths_of(listing), Paths{});
  EXPECT_EQ(listing->scopes, Paths{""});
}

TEST_P(Both, AFolderThatCannotBeReadIsSaid) {
  tree.file("closed/a.yaml");
  tree.file("b.yaml");
  tree.folder("home");
  // Somebody else reads it, in a tree that is theirs for git.
  const bool is_root = geteuid() == 0;
  const std::string home = std::getenv("HOME") != nullptr ? std::getenv("HOME") : "/";
  if (is_root) {
    for (const auto& path : {tree.path(), tree / ".git"})
      (void)!lchown(path.c_str(), SomebodyElse::nobody, SomebodyElse::nobody);
    setenv("HOME", (tree / "home").c_str(), 1);
  }
  ASSERT_EQ(chmod((tree / "closed").c_str(), is_root ? 0700 : 0), 0);
  const auto listing = [&] {
    const SomebodyElse somebody;
    return list(tree.path());
  }();
  if (is_root) setenv("HOME", home.c_str(), 1);
  chmod((tree / "closed").c_str(), 0700);
  EXPECT_EQ(paths_of(listing), Paths{"b.yaml"});
  ASSERT_EQ(listing->problems.size(), 1u);
  EXPECT_EQ(listing->problems[0].severity, image::Problem::Severity::undetermined);
  EXPECT_EQ(listing->problems[0].check, "unreadable-file");
  EXPECT_EQ(messages_of(listing->problems),
            Paths{GetParam() ? ": git could not list everything: warning: could not open directory 'closed/': "
                               "Permission denied"
                             : "closed: the folder cannot be read: Permission denied"});
}

TEST(PlainListing, LinksFifosAndWhatGitIgnoresAreListedAndGitFoldersAreNot) {
  const TemporaryTree tree;
  tree.file("a/.git/config");
  tree.file("a/b.yaml");
  tree.file(".gitignore", "*.yaml\n");
  tree.link("link.yaml", "a/b.yaml");
  tree.link("loop", ".");
  ASSERT_EQ(mkfifo((tree / "fifo.yaml").c_str(), 0600), 0);
  EXPECT_EQ(paths_of(list(tree.path())), (Paths{".gitignore", "a/b.yaml", "fifo.yaml", "link.yaml", "loop"}));
}

TEST(PlainListing, ATreeThatIsTooDeepEndsAndIsSaid) {
  const TemporaryTree tree;
  std::filesystem::current_path(tree.path());
  for (std::size_t i = 0; i < most_depth + 20; ++i) {
    std::filesystem::create_directory("d");
    std::filesystem::current_path("d");
  }
  std::filesystem::current_path(test::source_dir());
  const auto listing = list(tree.path());
  ASSERT_TRUE(listing) << base::describe(listing.error());
  ASSERT_EQ(listing->problems.size(), 1u);
  EXPECT_EQ(listing->problems[0].message, "the folder lies more than 256 folders deep and was not read");
}

TEST(GitListing, TrackedAndUntrackedButNotIgnored) {
  const TemporaryTree tree;
  tree.git({"init", "-q"});
  tree.file(".gitignore", "*.local.yaml\n/build/\n!keep.local.yaml\n");
  tree.file("x/.gitignore", "only-here.yaml\n");
  for (const char* name : {"tracked.yaml", "tracked.local.yaml", "deleted.yaml", "build/tracked.yaml"}) tree.file(name);
  tree.git({"add", "-f", "-A"});
  for (const char* name : {"untracked.yaml", "untracked.local.yaml", "keep.local.yaml", "build/made.yaml",
                           "x/only-here.yaml", "x/y.yaml"}) {
    tree.file(name);
  }
  EXPECT_EQ(paths_of(list(tree.path())),
            (Paths{".gitignore", "build/tracked.yaml", "deleted.yaml", "keep.local.yaml", "tracked.local.yaml",
                   "tracked.yaml", "untracked.yaml", "x/.gitignore", "x/y.yaml"}));
}

TEST(GitListing, UnmergedFilesAreListedOnce) {
  const TemporaryTree tree;
  tree.git({"init", "-q"});
  tree.file("a.yaml", "base\n");
  tree.git({"add", "-A"});
  tree.git({"commit", "-q", "-m", "base"});
  tree.git({"checkout", "-q", "-b", "other"});
  tree.file("a.yaml", "theirs\n");
  tree.git({"commit", "-q", "-a", "-m", "theirs"});
  tree.git({"checkout", "-q", "main"});
  tree.file("a.yaml", "ours\n");
  tree.git({"commit", "-q", "-a", "-m", "ours"});
  EXPECT_THROW(tree.git({"merge", "-q", "other"}), std::runtime_error);
  EXPECT_EQ(paths_of(list(tree.path())), Paths{"a.yaml"});
}

TEST(GitListing, SubmodulesAndCheckoutsInsideAreCountedNotEntered) {
  const TemporaryTree tree;
  tree.file("library/in-library.yaml");
  tree.git({"init", "-q"}, "library");
  tree.git({"add", "-A"}, "library");
  tree.git({"commit", "-q", "-m", "library"}, "library");
  tree.folder("main");
  tree.git({"init", "-q"}, "main");
  tree.git({"submodule", "--quiet", "add", (tree / "library").string(), "sub"}, "main");
  tree.git({"clone", "-q", (tree / "library").string(), "main/embedded"});
  tree.file("main/a.yaml");
  const auto listing = list(tree / "main");
  EXPECT_EQ(paths_of(listing), (Paths{".gitmodules", "a.yaml"}));
  EXPECT_EQ(listing->submodules, 2u);
  // Inside of it, the submodule is a checkout like any other.
  EXPECT_EQ(paths_of(list(tree / "main/sub")), Paths{"in-library.yaml"});
}

TEST(GitListing, FilesOutsideOfASparseCheckoutAreUndetermined) {
  const TemporaryTree tree;
  tree.git({"init", "-q"});
  for (const char* name : {"in/a.yaml", "out/b.yaml", "out/c.yaml", "out/d.txt"}) tree.file(name);
  tree.git({"add", "-A"});
  tree.git({"commit", "-q", "-m", "all"});
  for (const char* index : {"--no-sparse-index", "--sparse-index"}) {
    tree.git({"sparse-checkout", "set", "--cone", index, "in"});
    const auto listing = list(tree.path());
    ASSERT_TRUE(listing) << base::describe(listing.error());
    ASSERT_EQ(listing->problems.size(), 1u) << index;
    EXPECT_EQ(listing->problems[0].severity, image::Problem::Severity::undetermined);
    EXPECT_EQ(listing->problems[0].message, "2 tracked files outside of the sparse checkout could not be read");
    EXPECT_EQ(listing->problems[0].hint, "run: git sparse-checkout disable");
  }
}

TEST(GitListing, WorktreesAreCheckouts) {
  const TemporaryTree tree;
  tree.folder("main");
  tree.git({"init", "-q"}, "main");
  tree.file("main/a.yaml");
  tree.git({"add", "-A"}, "main");
  tree.git({"commit", "-q", "-m", "a"}, "main");
  tree.git({"worktree", "add", "-q", "../second"}, "main");
  tree.file("second/b.yaml");
  EXPECT_EQ(paths_of(list(tree / "second")), (Paths{"a.yaml", "b.yaml"}));
}

}  // namespace
}  // namespace lock::tree
