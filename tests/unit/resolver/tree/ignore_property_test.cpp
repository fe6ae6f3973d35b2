// Made-up ignore files over a fixed tree: what `.lockignore` leaves out is what git would, had it been a `.gitignore`.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "resolver/base/text.hpp"
#include "resolver/tree/plain.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/temporary_tree.hpp"

namespace lock::tree {
namespace {

using support::Dice;
using support::TemporaryTree;

const std::vector<std::string>& names() {
  static const std::vector<std::string> texts = {"a",  "b",  "ab", "ba", "aab", "a.c", "b.c",      "x y",  "[a]",
                                                 "a*", "!b", "#c", "a ", "-",   "B",   "\xc3\xa9", "a\\b", "7"};
  return texts;
}

std::string segment(Dice& dice) {
  static const std::vector<std::string> pieces = {
      "a",           "a",        "b",         "b",    "ab",   "*",    "*",     "?",    "**", "[ab]",
      "[!a]",        "[a-c]",    ".c",        "[]a]", "[^-]", "\\*",  "\\a",   "[",    "\\", "[[:alpha:]]",
      "[[:digit:]]", " ",        "#",         "!",    "***",  "[a-",  "[\\]]", "[a-]", "B",  "\\\\",
      "x y",         "\xc3\xa9", "[[:bad:]]", "-",    "\\ ",  "[[:]", "[--0]"};
  if (dice.below(3) == 0) return dice.one_of(names());
  if (dice.below(5) == 0) return "**";
  std::string text;
  for (std::size_t i = 0, count = 1 + dice.below(3); i < count; ++i) text += dice.one_of(pieces);
  return text;
}

std::string pattern(Dice& dice) {
  std::string text;
  if (dice.below(4) == 0) text += '!';
  if (dice.below(4) == 0) text += '/';
  for (std::size_t i = 0, count = 1 + dice.below(dice.below(2) == 0 ? 1 : 4); i < count; ++i) {
    if (i != 0) text += '/';
    text += segment(dice);
  }
  if (dice.below(4) == 0) text += '/';
  if (dice.below(10) == 0) text += "  ";
  if (dice.below(10) == 0) text += "\r";
  return text;
}

std::string ignore_file(Dice& dice) {
  std::string text;
  for (std::size_t i = 0, count = 1 + dice.below(4); i < count; ++i) text += pattern(dice) + "\n";
  return text;
}

std::vector<std::string> grow(const TemporaryTree& tree, Dice& dice) {
  std::set<std::string> folders{""};
  std::set<std::string> files;
  while (files.size() < 80) {
    std::string path;
    for (std::size_t i = 0, depth = dice.below(4); i < depth; ++i) path = join_path(path, dice.one_of(names()));
    if (files.contains(path)) continue;
    bool passes_a_file = false;
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      passes_a_file = passes_a_file || files.contains(path.substr(0, slash));
    }
    if (passes_a_file) continue;
    const std::string file = join_path(path, dice.one_of(names()));
    if (std::filesystem::exists(tree / file)) continue;
    tree.file(file);
    files.insert(file);
  }
  return {files.begin(), files.end()};
}

std::set<std::string> kept_by_git(const TemporaryTree& tree) {
  std::set<std::string> kept;
  const std::string output = tree.git({"ls-files", "-z", "--others", "--exclude-standard"});
  for (const auto path : base::split(output, '\0')) {
    if (!path.empty() && !path.ends_with("ignore")) kept.emplace(path);
  }
  return kept;
}

std::set<std::string> kept_by_us(const TemporaryTree& tree) {
  const auto files = walk_folder(tree.path().string(), "", nullptr, 1);
  if (!files) return {"error: " + base::describe(files.error())};
  std::set<std::string> kept;
  for (const auto& path : files->paths) {
    if (!path.ends_with("ignore")) kept.insert(path);
  }
  return kept;
}

TEST(IgnoreProperty, LockignoreMeansWhatGitignoreMeans) {
  Dice dice(20261124);
  std::size_t left_out = 0;
  for (int forest = 0; forest < 3; ++forest) {
    const TemporaryTree tree;
    tree.git({"init", "-q"});
    const auto files = grow(tree, dice);
    for (int round = 0; round < 40; ++round) {
      const std::string top = ignore_file(dice);
      const std::string inner = ignore_file(dice);
      std::string folder = files[dice.below(files.size())];
      folder = folder.find('/') == std::string::npos ? "" : folder.substr(0, folder.rfind('/'));
      for (const std::string name : {".gitignore", ".lockignore"}) {
        if (!folder.empty()) tree.file(join_path(folder, name), inner);
        tree.file(name, top);
      }
      const auto git = kept_by_git(tree);
      EXPECT_EQ(kept_by_us(tree), git) << "top:\n" << top << "in '" << folder << "':\n" << inner;
      left_out += files.size() - git.size();
      for (const std::string name : {".gitignore", ".lockignore"}) {
        if (!folder.empty()) tree.remove(join_path(folder, name));
      }
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(left_out, 1000u) << "the patterns hardly ever match: this shows nothing";
}

}  // namespace
}  // namespace lock::tree
