#include <gtest/gtest.h>

#include "cli/report/report.hpp"

namespace lock::cli {
namespace {

image::Undetermined question(const std::string& check, const std::string& reference, std::uint32_t line,
                             const std::string& cause) {
  image::Undetermined one;
  one.finding.check = check;
  one.finding.message = "cannot see whether " + reference + " is there";
  one.finding.reference = reference;
  one.finding.place = {"Dockerfile", {line, 6}, {}, 1};
  one.cause = cause;
  return one;
}

TEST(UndeterminedText, OneCauseIsOneParagraph) {
  std::vector<image::Undetermined> all;
  for (std::uint32_t i = 1; i <= 7; ++i) {
    const std::string name = "a.test/b:" + std::to_string(i);
    all.push_back(question("digest-gone", name, i, "https://a.test cannot be reached"));
    all.push_back(question("tag-moved", name, i, "https://a.test cannot be reached"));
    if (i == 1) all.push_back(question("tag-moved", "c.test/d:1", 1, "https://c.test cannot be reached"));
  }
  all.front().finding.hint = "see that it runs";
  EXPECT_EQ(to_text(all, Style{}, false),
            "undetermined: https://a.test cannot be reached\n"
            "  Dockerfile:1:6: a.test/b:1\n"
            "  Dockerfile:2:6: a.test/b:2\n"
            "  Dockerfile:3:6: a.test/b:3\n"
            "  Dockerfile:4:6: a.test/b:4\n"
            "  Dockerfile:5:6: a.test/b:5\n"
            "  … and 2 more\n"
            "  14 questions about 7 images [digest-gone, tag-moved], -v shows each\n"
            "  hint: see that it runs\n"
            "Dockerfile:1:6: undetermined: cannot see whether c.test/d:1 is there [tag-moved]\n"
            "  cause:    https://c.test cannot be reached\n");
}

TEST(UndeterminedText, EachQuestionStandsAloneWhenAsked) {
  const std::vector<image::Undetermined> all = {question("digest-gone", "a.test/b:1", 1, "it is down"),
                                                question("tag-moved", "a.test/b:1", 1, "it is down")};
  EXPECT_EQ(to_text(all, Style{}, true),
            "Dockerfile:1:6: undetermined: cannot see whether a.test/b:1 is there [digest-gone]\n"
            "  cause:    it is down\n"
            "Dockerfile:1:6: undetermined: cannot see whether a.test/b:1 is there [tag-moved]\n"
            "  cause:    it is down\n");
}

TEST(UndeterminedText, FilesKeepTheirOwnMessages) {
  std::vector<image::Undetermined> all = {question("unreadable-file", "", 1, "the name declares a format"),
                                          question("unreadable-file", "", 2, "the name declares a format")};
  all[0].finding.message = "not a text file";
  all[1].finding.message = "not YAML";
  EXPECT_EQ(to_text(all, Style{}, false),
            "Dockerfile:1:6: undetermined: not a text file [unreadable-file]\n"
            "  cause:    the name declares a format\n"
            "Dockerfile:2:6: undetermined: not YAML [unreadable-file]\n"
            "  cause:    the name declares a format\n");
}

}  // namespace
}  // namespace lock::cli
