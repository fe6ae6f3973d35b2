// What a pattern finds in files that are larger than a case folder should hold.
#include <gtest/gtest.h>

#include "resolver/collect/pattern.hpp"

namespace lock::collect {
namespace {

image::Collected found_by(const std::string& pattern, std::string text) {
  const auto compiled = Pattern::compile(pattern, "images.toml:1");
  EXPECT_TRUE(compiled.has_value()) << compiled.error().message;
  image::Collected out;
  if (compiled) compiled->collect(SourceText("a.txt", std::move(text)), false, out);
  return out;
}

std::string far_apart(std::size_t before, std::size_t between) {
  return std::string(before, '.') + "NAME=nginx" + std::string(between, '-') + "VERSION=1.27\n";
}

constexpr const char* kFarApart = R"((?s)NAME=(?P<image>[a-z]+).*?VERSION=(?P<tag>[0-9.]+))";

TEST(Pattern, FindsAMatchOf60KilobytesWhereverItStands) {
  for (const std::size_t before : {0U, 8'000U, 60'000U, 65'530U, 70'000U, 200'000U}) {
    const auto out = found_by(kFarApart, far_apart(before, 60'000));
    ASSERT_EQ(out.occurrences.size(), 1U) << before;
    EXPECT_EQ(out.occurrences[0].reference->canonical(), "docker.io/library/nginx:1.27");
    EXPECT_EQ(out.occurrences[0].span.begin, before + 5);
  }
}

TEST(Pattern, SaysWhereAMatchIsLonger) {
  const auto out = found_by(kFarApart, far_apart(100, 70'000) + far_apart(0, 10));
  ASSERT_EQ(out.occurrences.size(), 1U);
  ASSERT_EQ(out.problems.size(), 1U);
  EXPECT_EQ(out.problems[0].message, "the pattern of images.toml:1 reaches too far from here");
  EXPECT_EQ(out.problems[0].severity, image::Problem::Severity::undetermined);
  EXPECT_EQ(out.problems[0].place.position.column, 106U);
}

TEST(Pattern, TheLongestOfTwoReadingsIsTakenAcrossAllTheFile) {
  const auto out = found_by(R"((?s)A=(?P<image>nginx)(?:.*B=(?P<tag>[0-9]+))?)",
                            std::string(65'000, '.') + "A=nginx" + std::string(30'000, '-') + "B=9");
  ASSERT_EQ(out.occurrences.size(), 1U);
  EXPECT_EQ(out.occurrences[0].reference->canonical(), "docker.io/library/nginx:9");
}

TEST(Pattern, ALargePatternReadsNoLargeFile) {
  const auto out = found_by(R"((?P<image>(?:[a-z]{1,30}/){1,20}x))", std::string(3'000'000, 'a'));
  EXPECT_TRUE(out.occurrences.empty());
  ASSERT_EQ(out.problems.size(), 1U);
  EXPECT_EQ(out.problems[0].severity, image::Problem::Severity::undetermined);
  EXPECT_TRUE(out.problems[0].message.starts_with("the pattern of images.toml:1 ("));
  EXPECT_TRUE(out.problems[0].message.ends_with(" instructions) is too large for a file of 3000000 bytes"));
}

}  // namespace
}  // namespace lock::collect
