#include "resolver/image/reference.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "resolver/base/text.hpp"

namespace lock::image {
namespace {

// What references.txt holds for a reference, as this program says it.
std::string account_of(const std::string& written) {
  const auto parsed = Reference::parse(written);
  if (parsed) return "= " + parsed->canonical() + " | " + parsed->familiar() + "\n";
  const Error& error = parsed.error();
  std::string out = "! " + error.message + "\n";
  if (!error.place) return out;
  const std::string drawn = base::draw_caret(*error.place);
  for (const auto line : base::split(drawn, '\n')) out += "| " + std::string(line) + "\n";
  return out;
}

TEST(Reference, MeansWhatTheTableSays) {
  std::ifstream file("tests/cases/image/references.txt");
  std::string line;
  std::size_t cases = 0;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const std::string written = line;
    std::string expected;
    while (std::getline(file, line) && !line.empty()) expected += line + "\n";
    EXPECT_EQ(account_of(written), expected) << written;
    ++cases;
  }
  EXPECT_GE(cases, 35U);
}

TEST(Reference, RoundTripsThroughBothForms) {
  for (const char* text : {"nginx", "a/b:1", "localhost/x",
                           "ghcr.io/a/b/c:v1@sha256:"
                           "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                           "docker.io/library/a/b:1"}) {
    const auto reference = Reference::parse(text);
    ASSERT_TRUE(reference) << text;
    EXPECT_EQ(Reference::parse(reference->canonical()), *reference) << text;
    EXPECT_EQ(Reference::parse(reference->familiar()), *reference) << text;
  }
}

TEST(Reference, LengthLimits) {
  const std::string long_name(255 - std::string("docker.io/a/").size(), 'x');
  EXPECT_TRUE(Reference::parse("a/" + long_name));
  const auto name = Reference::parse("a/" + long_name + "x");
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().message, "a name has at most 255 characters, this one has 256");
  EXPECT_TRUE(Reference::parse("a:" + std::string(128, 't')));
  const auto tag = Reference::parse("a:" + std::string(129, 't'));
  ASSERT_FALSE(tag);
  EXPECT_EQ(tag.error().message, "a tag has at most 128 characters, this one has 129");
}

TEST(Reference, SplitSaysWhereThePartsStand) {
  const std::string text = "localhost:5000/a/b:1.2@sha256:" + std::string(64, '0');
  const auto parts = split_reference(text);
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->name, (Span{0, 18}));
  EXPECT_EQ(parts->tag, (Span{19, 22}));
  EXPECT_EQ(parts->digest, (Span{23, text.size()}));
}

TEST(Reference, ADomainThatIsOneByItsCaseAloneKeepsIt) {
  const Reference reference = Reference::parse("Upper/case:1").value();
  EXPECT_EQ(reference.canonical(), "Upper/case:1");
  EXPECT_EQ(Reference::parse(reference.canonical()).value(), reference);
  EXPECT_EQ(Reference::parse("Quay.IO/a:1").value().canonical(), "quay.io/a:1");
}

}  // namespace
}  // namespace lock::image
