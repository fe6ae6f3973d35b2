#include "resolver/tree/ignore.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lock::tree {
namespace {

struct Row {
  std::string pattern;
  std::string path;
  bool is_folder;
  bool matches;
};

TEST(IgnorePattern, MatchesAsTheManualSays) {
  const Row rows[] = {
      // Without a slash: the name, at any depth.
      {"a.yaml", "a.yaml", false, true},
      {"a.yaml", "deep/er/a.yaml", false, true},
      {"a.yaml", "aa.yaml", false, false},
      {"*.yaml", "x/y.yaml", false, true},
      {"*.yaml", "x/y.yml", false, false},
      {"doc?", "x/docs", false, true},
      {"doc?", "x/doc", false, false},
      // A slash at the start or in the middle: from the folder of the file.
      {"/a.yaml", "a.yaml", false, true},
      {"/a.yaml", "x/a.yaml", false, false},
      {"x/a.yaml", "x/a.yaml", false, true},
      {"x/a.yaml", "y/x/a.yaml", false, false},
      {"x/*.yaml", "x/a.yaml", false, true},
      {"x/*.yaml", "x/y/a.yaml", false, false},
      {"x/?/a", "x/y/a", false, true},
      {"x?a", "x/a", false, false},
      // A slash at the end: folders only.
      {"x/", "x", true, true},
      {"x/", "x", false, false},
      {"x/", "y/x", true, true},
      {"/x/", "y/x", true, false},
      {"x/y/", "x/y", true, true},
      // Two stars.
      {"**/a", "a", false, true},
      {"**/a", "x/y/a", false, true},
      {"**/a", "x/ya", false, false},
      {"x/**", "x/y/z", false, true},
      {"x/**", "x", true, false},
      {"x/**/a", "x/a", false, true},
      {"x/**/a", "x/y/z/a", false, true},
      {"x/**/a", "x/ya", false, false},
      {"x/y**/a", "x/yz/a", false, true},
      {"*/**/a", "x/y/z/a", false, true},
      {"[x]y**/a", "xyz/b/a", false, false},
      // Sets.
      {"[ab].c", "a.c", false, true},
      {"[ab].c", "c.c", false, false},
      {"[!ab].c", "c.c", false, true},
      {"[^ab].c", "a.c", false, false},
      {"[a-c]x", "bx", false, true},
      {"[a-]x", "-x", false, true},
      {"[]-]x", "]x", false, true},
      {"[[:digit:]]x", "7x", false, true},
      {"[[:digit:]a]x", "ax", false, true},
      {"[[:digit:]]x", "ax", false, false},
      {"x[!a]y", "x/y", false, false},
      {"[\\]]x", "]x", false, true},
      {"[a", "[a", false, false},
      {"[[:nonsense:]]", "n", false, false},
      // Backslash.
      {"\\#x", "#x", false, true},
      {"\\!x", "!x", false, true},
      {"a\\*", "a*", false, true},
      {"a\\*", "ab", false, false},
      {"a\\ ", "a ", false, true},
      {"a\\", "a\\", false, false},
      // Blanks at the end.
      {"a   ", "a", false, true},
      {" a", " a", false, true},
      {"a\t", "a", false, false},
      // Bytes, not characters.
      {"\xC3\xA9?", "\xC3\xA9x", false, true},
      {"??", "\xC3\xA9", false, true},
  };
  for (const auto& row : rows) {
    const auto pattern = IgnorePattern::parse(row.pattern);
    ASSERT_TRUE(pattern) << row.pattern;
    EXPECT_EQ(pattern->matches(row.path, row.is_folder), row.matches) << row.pattern << " on " << row.path;
  }
}

TEST(IgnorePattern, LinesWithoutAPattern) {
  for (const char* line : {"", " ", "   ", "# x", "#", "/", "!", "!/"}) {
    EXPECT_FALSE(IgnorePattern::parse(line)) << line;
  }
}

TEST(IgnorePattern, ManyStarsCostWhatTheirLengthSays) {
  std::string stars;
  for (int i = 0; i < 500; ++i) stars += "*a";
  const auto pattern = IgnorePattern::parse("/" + stars + "b");
  ASSERT_TRUE(pattern);
  EXPECT_FALSE(pattern->matches(std::string(4000, 'a'), false));
  EXPECT_TRUE(pattern->matches(std::string(4000, 'a') + "b", false));
}

TEST(IgnoreFile, TheLastMatchDecides) {
  const IgnoreFile file("", "*.yaml\r\n!keep.yaml\n\n# comment\nkeep.yaml.d/\n");
  EXPECT_EQ(file.decide("a.yaml", false), std::optional(true));
  EXPECT_EQ(file.decide("x/keep.yaml", false), std::optional(false));
  EXPECT_EQ(file.decide("a.json", false), std::nullopt);
  EXPECT_EQ(file.decide("keep.yaml.d", true), std::optional(true));
}

TEST(IgnoreFile, PatternsAreRelativeToTheFolderOfTheFile) {
  const IgnoreFile file("x/y", "/a\n");
  EXPECT_EQ(file.decide("x/y/a", false), std::optional(true));
  EXPECT_EQ(file.decide("a", false), std::nullopt);
  EXPECT_EQ(file.decide("x/yz/a", false), std::nullopt);
  EXPECT_EQ(file.decide("x/y", true), std::nullopt);
}

TEST(IgnoreFile, AByteOrderMarkIsNoPartOfTheFirstPattern) {
  EXPECT_EQ(IgnoreFile("", "\xEF\xBB\xBF*.yaml").decide("a.yaml", false), std::optional(true));
}

TEST(IgnoreChain, TheInnermostFileIsAskedFirst) {
  const auto outer = std::make_shared<const IgnoreChain>(IgnoreChain{IgnoreFile("", "*.yaml\n*.json\n"), nullptr});
  const IgnoreChain inner{IgnoreFile("x", "!a.yaml\n"), outer};
  EXPECT_FALSE(is_ignored(&inner, "x/a.yaml", false));
  EXPECT_TRUE(is_ignored(&inner, "x/b.yaml", false));
  EXPECT_TRUE(is_ignored(&inner, "x/a.json", false));
  EXPECT_FALSE(is_ignored(&inner, "x/a", false));
  EXPECT_FALSE(is_ignored(nullptr, "x/a.yaml", false));
}

}  // namespace
}  // namespace lock::tree
