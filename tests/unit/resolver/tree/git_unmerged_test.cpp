#include "resolver/tree/git_unmerged.hpp"

#include <gtest/gtest.h>

#include "tests/support/golden.hpp"

namespace lock::tree {
namespace {

std::string row(std::string_view mode, char object, int stage, std::string_view path) {
  return std::string(mode) + " " + std::string(40, object) + " " + std::to_string(stage) + "\t" + std::string(path) +
         '\0';
}

std::string show(std::string_view output) {
  const auto files = parse_unmerged(output);
  if (!files) return test::show(files.error());
  std::string out;
  const auto stage = [](const std::optional<std::string>& object) { return object ? object->substr(0, 2) : "-"; };
  for (const UnmergedFile& file : *files) {
    out += file.path + " " + stage(file.base) + " " + stage(file.ours) + " " + stage(file.theirs) + "\n";
  }
  return out;
}

TEST(GitUnmerged, GathersTheStagesOfEachFile) {
  EXPECT_EQ(show(""), "");
  EXPECT_EQ(
      show(row("100644", 'a', 1, "images.lock") + row("100644", 'b', 2, "images.lock") +
           row("100644", 'c', 3, "images.lock") + row("100755", 'd', 1, "b c\n") + row("100755", 'e', 3, "b c\n")),
      "b c\n dd - ee\nimages.lock aa bb cc\n");
}

TEST(GitUnmerged, ALinkOrASubmoduleIsNoVersionOfAFile) {
  EXPECT_EQ(show(row("120000", 'a', 2, "l") + row("160000", 'b', 3, "l")), "l - - -\n");
}

TEST(GitUnmerged, RefusesAnotherShape) {
  const std::string refused = "io: git's list of unmerged files is not of the expected shape\n";
  for (const std::string& text :
       {row("100644", 'a', 0, "f"), row("100644", 'a', 4, "f"), row("100644", 'g', 1, "f"), row("100644", 'a', 1, ""),
        std::string("100644 "), std::string("\0", 1), row("100644", 'a', 1, "f").substr(0, 50)}) {
    EXPECT_EQ(show(text), refused) << text;
  }
}

}  // namespace
}  // namespace lock::tree
