#include "resolver/tree/location.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/temporary_tree.hpp"

namespace lock::tree {
namespace {

using support::TemporaryTree;

using Paths = std::vector<std::string>;

TEST(Location, TheNearestSettingsUpwardAreTheRoot) {
  const TemporaryTree tree;
  tree.file("images.toml");
  tree.file("a/images.toml");
  tree.folder("a/b/c");
  const auto location = locate(tree / "a/b/c");
  ASSERT_TRUE(location) << base::describe(location.error());
  EXPECT_EQ(location->root, (tree / "a").string());
  EXPECT_TRUE(location->has_settings);
  EXPECT_EQ(location->checkout, "");
  EXPECT_EQ(location->outer_scopes, Paths{tree.path().string()});
  EXPECT_EQ(location->top(), tree.path().string());
  EXPECT_EQ(location->root_in_top(), "a");
}

TEST(Location, WithoutSettingsTheCheckoutIsTheRoot) {
  const TemporaryTree tree;
  tree.git({"init", "-q"});
  tree.folder("a/b");
  const auto location = locate(tree / "a/b");
  ASSERT_TRUE(location) << base::describe(location.error());
  EXPECT_EQ(location->root, tree.path().string());
  EXPECT_FALSE(location->has_settings);
  EXPECT_EQ(location->checkout, tree.path().string());
  EXPECT_EQ(location->outer_scopes, Paths{});
  EXPECT_EQ(location->root_in_top(), "");
}

TEST(Location, WithoutSettingsOrCheckoutTheFolderItselfIsTheRoot) {
  const TemporaryTree tree;
  tree.folder("a/b");
  const auto location = locate(tree / "a/b/../b/.");
  ASSERT_TRUE(location) << base::describe(location.error());
  EXPECT_EQ(location->root, (tree / "a/b").string());
  EXPECT_FALSE(location->has_settings);
  EXPECT_EQ(location->top(), location->root);
}

TEST(Location, TheSearchEndsAtTheCheckout) {
  const TemporaryTree tree;
  tree.file("images.toml");
  tree.folder("repository/deploy");
  tree.git({"init", "-q"}, "repository");
  const auto location = locate(tree / "repository/deploy");
  ASSERT_TRUE(location) << base::describe(location.error());
  EXPECT_EQ(location->root, (tree / "repository").string());
  EXPECT_FALSE(location->has_settings);
  EXPECT_EQ(location->outer_scopes, Paths{});
}

TEST(Location, ScopesInACheckoutKnowTheOuterOnes) {
  const TemporaryTree tree;
  tree.git({"init", "-q"});
  tree.file("images.toml");
  tree.file("a/images.toml");
  tree.file("a/b/images.toml");
  const auto location = locate(tree / "a/b");
  ASSERT_TRUE(location) << base::describe(location.error());
  EXPECT_EQ(location->root, (tree / "a/b").string());
  EXPECT_EQ(location->outer_scopes, (Paths{tree.path().string(), (tree / "a").string()}));
  EXPECT_EQ(location->root_in_top(), "a/b");
}

TEST(Location, SettingsInAFolderForEverybodyAreNobodys) {
  const TemporaryTree tree;
  tree.file("shared/images.toml");
  tree.folder("shared/mine");
  std::filesystem::permissions(tree / "shared", std::filesystem::perms::all);
  const auto location = locate(tree / "shared/mine");
  ASSERT_TRUE(location) << base::describe(location.error());
  EXPECT_EQ(location->root, (tree / "shared/mine").string());
}

TEST(Location, SettingsInAFolderOfAnotherAreNotOurs) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to give a folder away";
  const TemporaryTree tree;
  tree.file("theirs/images.toml");
  tree.folder("theirs/mine");
  ASSERT_EQ(chown((tree / "theirs").c_str(), 12345, 12345), 0);
  const auto location = locate(tree / "theirs/mine");
  ASSERT_TRUE(location) << base::describe(location.error());
  EXPECT_EQ(location->root, (tree / "theirs/mine").string());
}

TEST(Location, ADanglingSettingsLinkStillStartsAScope) {
  const TemporaryTree tree;
  tree.link("a/images.toml", "nowhere");
  tree.folder("a/b");
  const auto location = locate(tree / "a/b");
  ASSERT_TRUE(location) << base::describe(location.error());
  EXPECT_EQ(location->root, (tree / "a").string());
  EXPECT_TRUE(location->has_settings);
}

TEST(Location, WhatIsNoFolderIsWrongUsage) {
  const TemporaryTree tree;
  tree.file("file");
  for (const auto* name : {"file", "missing"}) {
    const auto location = locate(tree / name);
    ASSERT_FALSE(location);
    EXPECT_EQ(location.error().kind, ErrorKind::usage);
    EXPECT_EQ(location.error().message, "'" + (tree / name).string() + "' is not a folder");
  }
}

}  // namespace
}  // namespace lock::tree
