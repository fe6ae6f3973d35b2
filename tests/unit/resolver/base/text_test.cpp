#include "resolver/base/text.hpp"

#include <gtest/gtest.h>

#include <array>

#include "resolver/base/duration.hpp"
#include "resolver/base/glob.hpp"
#include "resolver/base/json.hpp"
#include "resolver/base/place.hpp"

namespace lock::base {
namespace {

TEST(Text, FindsTheFirstByteThatIsNotUtf8) {
  EXPECT_EQ(find_invalid_utf8("plain é € 😀"), std::nullopt);
  EXPECT_EQ(find_invalid_utf8("ab\xC0\xAF"), 2U);        // overlong
  EXPECT_EQ(find_invalid_utf8("\xED\xA0\x80"), 0U);      // surrogate
  EXPECT_EQ(find_invalid_utf8("\xF4\x90\x80\x80"), 0U);  // above U+10FFFF
  EXPECT_EQ(find_invalid_utf8("x\xE2\x82"), 1U);         // cut off
}

TEST(Text, MakesForeignTextHarmless) {
  EXPECT_EQ(harmless("a\x1b[31m\n\xff\u202e"), "a\\x1b[31m\\x0a\\xff\\u{202e}");
  EXPECT_EQ(harmless("aaaaaaaa", 4), "aaaa…");
}

TEST(Text, OffersNearNamesOnly) {
  constexpr std::array<std::string_view, 3> names = {"platforms", "registry", "checks"};
  EXPECT_EQ(near_name("platfroms", names), "platforms");
  EXPECT_EQ(near_name("check", names), "checks");
  EXPECT_EQ(near_name("colour", names), std::nullopt);
}

TEST(Place, CountsCodePointsWithoutTheByteOrderMark) {
  const std::string text = "\xEF\xBB\xBFimage: é€😀x\r\nb";
  const LineIndex index(text);
  EXPECT_EQ(index.position(text.find('x')), (Position{1, 11}));
  EXPECT_EQ(index.position(text.size()), (Position{2, 2}));
  EXPECT_EQ(index.line(1), "image: é€😀x");
}

TEST(Place, TheCaretSurvivesTabsWideAndControlCharacters) {
  const std::string text = "\tä漢\x01 nginx:!";
  const LineIndex index(text);
  EXPECT_EQ(draw_caret(index.place("f", {text.find('!'), text.size()})), " ä漢? nginx:!\n            ^");
  EXPECT_EQ(draw_caret(index.place("f", {text.find("nginx"), text.size()})), " ä漢? nginx:!\n      ^~~~~~~");
}

TEST(Glob, StarsStopAtSlashesAndDoubleStarsDoNot) {
  EXPECT_TRUE(glob_matches("ghcr.io/acme/**", "ghcr.io/acme/a/b"));
  EXPECT_FALSE(glob_matches("ghcr.io/acme/*", "ghcr.io/acme/a/b"));
  EXPECT_TRUE(glob_matches("**/Dockerfile", "Dockerfile"));
  EXPECT_TRUE(glob_matches("**/Dockerfile", "a/b/Dockerfile"));
  EXPECT_FALSE(glob_matches("**/Dockerfile", "a/xDockerfile"));
  EXPECT_TRUE(glob_matches("a/**/b", "a/b"));
  EXPECT_TRUE(glob_matches("a?c*", "abcd"));
  EXPECT_FALSE(glob_matches("a?c", "a/c"));
  EXPECT_FALSE(glob_matches("[ab]", "a"));
  EXPECT_FALSE(glob_matches("", "x"));
  const std::string many(5000, 'a');
  EXPECT_FALSE(glob_matches("*a*a*a*a*a*a*a*a*b", many));
}

TEST(Text, DurationsAreAWholeNumberAndAUnit) {
  const auto seconds = [](std::string_view text) {
    const auto parsed = parse_duration(text);
    return parsed ? parsed->count() : -1;
  };
  EXPECT_EQ(seconds("90s"), 90);
  EXPECT_EQ(seconds("10m"), 600);
  EXPECT_EQ(seconds("24h"), 86'400);
  EXPECT_EQ(seconds("7d"), 604'800);
  for (const char* wrong :
       {"", "s", "5", "0s", "-1s", "1.5h", "1w", "1h30m", " 5s", "5 s", "36501d", "99999999999999999999s"})
    EXPECT_EQ(seconds(wrong), -1) << wrong;
}

std::string refusal(std::string_view text) {
  const auto parsed = parse_json(text, "f.json", {.depth = 3, .bytes = 100});
  if (parsed) return "accepted";
  const auto& error = parsed.error();
  if (!error.place) return error.message;
  return std::to_string(error.place->position.line) + ":" + std::to_string(error.place->position.column) + " " +
         error.message;
}

TEST(Json, RefusesWhatReadersReadDifferently) {
  EXPECT_EQ(refusal(R"({"a":1,"b":[true,null,1.5,"x"]} )"), "accepted");
  EXPECT_EQ(refusal(R"({"a":1,"\u0061":2})"), "1:15 is not valid JSON: the name \"a\" stands twice in one object");
  EXPECT_EQ(refusal(R"({"mediaType":1,"MediaType":2})"),
            "1:26 is not valid JSON: the name \"MediaType\" stands twice in one object");
  EXPECT_EQ(refusal("{\n\"a\":1e999}"), "2:10 is not valid JSON: a number is out of range");
  EXPECT_EQ(refusal("[99999999999999999999]"), "1:22 is not valid JSON: an integer does not fit in 64 bits");
  EXPECT_EQ(refusal("[-99999999999999999999]"), "1:23 is not valid JSON: an integer does not fit in 64 bits");
  EXPECT_TRUE(parse_json("[1e21, -1.5e300, 12345678901234567890123.5, 18446744073709551615]", "numbers"));
  EXPECT_EQ(refusal("[[[[1]]]]"), "1:4 is not valid JSON: nested too deeply");
  EXPECT_EQ(refusal("{} x"), "1:4 is not valid JSON: has data after its end");
  EXPECT_EQ(refusal("{"), "1:2 is not valid JSON: ends too early");
  EXPECT_EQ(refusal("\xEF\xBB\xBF{}"), "1:1 is not valid JSON: starts with a byte order mark");
  EXPECT_EQ(refusal("\"\xFF\""), "1:2 is not valid JSON: is not UTF-8");
  EXPECT_EQ(refusal(std::string(101, ' ')), "f.json has 101 bytes, more than the 100 that are read");
}

}  // namespace
}  // namespace lock::base
