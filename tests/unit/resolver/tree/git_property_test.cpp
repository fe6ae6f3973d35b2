// Work trees in disorder: files added, changed, deleted, replaced by folders, links and checkouts. What is found by
// looking for the untracked places first is what git finds when it searches everywhere.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "resolver/base/text.hpp"
#include "resolver/tree/git.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/temporary_tree.hpp"

namespace lock::tree {
namespace {

using support::Dice;
using support::TemporaryTree;

const std::vector<std::string>& names() {
  static const std::vector<std::string> texts = {"a", "b", "c", "d.yaml", "-e", ":f", "*", "a b", "build", "\xff"};
  return texts;
}

std::string some_path(Dice& dice) {
  std::string path = dice.one_of(names());
  for (std::size_t i = 0, depth = dice.below(4); i < depth; ++i) path += "/" + dice.one_of(names());
  return path;
}

void disturb(const TemporaryTree& tree, Dice& dice) {
  const std::string path = some_path(dice);
  try {
    switch (dice.below(9)) {
      case 0: tree.remove(path); break;
      case 1:
        tree.remove(path);
        tree.link(path, dice.below(2) == 0 ? "." : "nowhere");
        break;
      case 2:
        tree.remove(path);
        tree.file(path + "/" + dice.one_of(names()));
        break;
      case 3: tree.file(path + "/.gitignore", dice.one_of(names()) + "\n"); break;
      case 4: tree.git({"add", "-A", "--", "."}); break;
      case 5:
        tree.folder(path);
        tree.git({"init", "-q"}, path);
        tree.file(path + "/inner");
        break;
      default: tree.file(path);
    }
  } catch (const std::exception&) {
    // A file where a folder should be, a checkout without commits to add: disorder is what is wanted.
  }
}

std::set<std::string> by_git_alone(const TemporaryTree& tree) {
  std::set<std::string> all;
  for (const char* which : {"--cached", "--others"}) {
    const auto output = tree.git({"ls-files", "-z", which, "--exclude-standard"});
    for (auto path : base::split(output, '\0')) {
      if (path.ends_with('/')) path.remove_suffix(1);
      if (!path.empty()) all.emplace(path);
    }
  }
  return all;
}

TEST(GitProperty, TheUntrackedPlacesAreAllThereAre) {
  Dice dice(20261124);
  std::size_t untracked = 0;
  for (int forest = 0; forest < 10; ++forest) {
    const TemporaryTree tree;
    tree.git({"init", "-q"});
    tree.file(".gitignore", "build/\n*.yaml\n!a/*.yaml\n");
    for (int i = 0; i < 30; ++i) disturb(tree, dice);
    try {
      tree.git({"add", "-f", "-A", "--", "."});
    } catch (const std::exception&) {
    }
    for (int i = 0; i < 8; ++i) disturb(tree, dice);
    const auto expected = by_git_alone(tree);
    const auto files = ask_git(tree.path().string(), "", 2);
    ASSERT_TRUE(files) << base::describe(files.error());
    std::set<std::string> found(files->paths.begin(), files->paths.end());
    found.insert(files->submodules.begin(), files->submodules.end());
    EXPECT_EQ(found, expected) << "forest " << forest;
    untracked += base::split(tree.git({"ls-files", "-z", "--others"}), '\0').size() - 1;
  }
  EXPECT_GT(untracked, 20u) << "hardly anything is untracked: this shows nothing";
}

}  // namespace
}  // namespace lock::tree
