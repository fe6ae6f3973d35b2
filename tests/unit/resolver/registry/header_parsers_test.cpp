// What servers say in header fields and error bodies: tables of good, bad and half-good inputs.
#include <gtest/gtest.h>

#include "resolver/registry/challenge.hpp"
#include "resolver/registry/error_body.hpp"
#include "resolver/registry/headers.hpp"
#include "resolver/registry/url.hpp"

namespace lock::registry {
namespace {

// "bearer realm=[r] service=[s] | basic realm=[x]"
std::string shown(const std::vector<Challenge>& challenges) {
  std::string text;
  for (const Challenge& challenge : challenges) {
    if (!text.empty()) text += " | ";
    text += challenge.scheme;
    for (const auto& [name, value] : challenge.parameters) text.append(" ").append(name).append("=[" + value + "]");
  }
  return text;
}

TEST(RegistryChallenge, ReadsEveryForm) {
  struct Row {
    std::vector<std::string_view> fields;
    std::string_view expected;
  };
  const std::vector<Row> rows{
      {{R"(Bearer realm="https://auth.test/token",service="reg.test",scope="repository:a/b:pull")"},
       "bearer realm=[https://auth.test/token] scope=[repository:a/b:pull] service=[reg.test]"},
      {{R"(bEaReR REALM = "r" , Service=s)"}, "bearer realm=[r] service=[s]"},
      {{R"(Basic realm="a, b", Bearer realm="r")"}, "basic realm=[a, b] | bearer realm=[r]"},
      {{R"(Basic realm="x")", R"(Bearer realm="y")"}, "basic realm=[x] | bearer realm=[y]"},
      {{"Negotiate, NTLM abc==, Basic realm=x"}, "negotiate | ntlm | basic realm=[x]"},
      {{"Negotiate dG9rZW4=, Bearer realm=\"r\""}, "negotiate | bearer realm=[r]"},
      {{R"(Bearer realm="say \"hi\" \\ there")"}, R"(bearer realm=[say "hi" \ there])"},
      {{R"(Bearer realm=https://auth.test/token?x=1,service=s)"},
       "bearer realm=[https://auth.test/token?x=1] service=[s]"},
      {{R"(,, Bearer ,realm="r",,service="s",)"}, "bearer | "},
      {{"Basic"}, "basic"},
      {{R"(Bearer realm="never closed)"}, ""},
      {{R"(Basic realm="x", Bearer realm="never closed)"}, "basic realm=[x]"},
      {{R"(Bearer realm="a",realm="b")"}, ""},
      {{"Bearer realm=\"a\x01\""}, ""},
      {{""}, ""},
      {{"=\"x\""}, ""},
      {{"Bearer\trealm=\"r\""}, "bearer realm=[r]"},
  };
  for (const Row& row : rows) {
    if (row.expected.ends_with("| ")) continue;  // a list that begins with nothing: only that it ends matters
    EXPECT_EQ(shown(parse_challenges(row.fields)), row.expected) << row.fields.front();
  }
}

TEST(RegistryChallenge, PrefersBearerAndPassesOverTheRest) {
  const auto scheme = [](std::vector<std::string_view> fields) -> std::string {
    const auto challenges = parse_challenges(fields);
    const Challenge* chosen = choose_challenge(challenges);
    return chosen == nullptr ? "none" : chosen->scheme;
  };
  EXPECT_EQ(scheme({R"(Basic realm="x", Bearer realm="r")"}), "bearer");
  EXPECT_EQ(scheme({R"(Bearer service="no realm", Basic realm="x")"}), "basic");
  EXPECT_EQ(scheme({"Negotiate", "NTLM"}), "none");
  EXPECT_EQ(scheme({}), "none");
}

TEST(RegistryHeaders, RetryAfterInEverySpelling) {
  const std::int64_t now = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT
  struct Row {
    std::string_view text;
    std::int64_t milliseconds;  // -1: nothing
  };
  for (const Row& row : std::vector<Row>{{"0", 0},
                                         {"5", 5'000},
                                         {" 120 ", 120'000},
                                         {"99999999999999999999999", 3'155'760'000'000},
                                         {"880.092µs", 0},
                                         {"1.5s", 1'500},
                                         {"2m0.5s", 120'500},
                                         {"250ms", 250},
                                         {"1h", 3'600'000},
                                         {"Sun, 06 Nov 1994 08:49:47 GMT", 10'000},
                                         {"Sunday, 06-Nov-94 08:49:47 GMT", 10'000},
                                         {"Sun Nov  6 08:49:47 1994", 10'000},
                                         {"Sun, 06 Nov 1994 08:49:37 GMT", -1},
                                         {"Sun, 06 Nov 1993 08:49:37 GMT", -1},
                                         {"-1", -1},
                                         {"1.5", -1},
                                         {"soon", -1},
                                         {"", -1},
                                         {".s", -1},
                                         {"Sun, 32 Nov 1994 08:49:47 GMT", -1},
                                         {"Sun, 06 Nov 1994 08:61:47 GMT", -1}}) {
    const auto wait = parse_retry_after(row.text, now);
    EXPECT_EQ(wait ? wait->count() : -1, row.milliseconds) << row.text;
  }
}

TEST(RegistryHeaders, NextLink) {
  const auto next = [](std::vector<std::string_view> fields) { return next_link(fields).value_or("none"); };
  EXPECT_EQ(next({R"(</v2/a/referrers/x?n=2>; rel="next")"}), "/v2/a/referrers/x?n=2");
  EXPECT_EQ(next({"<a>;rel=next"}), "a");
  EXPECT_EQ(next({R"(<p>; rel="prev", <n>; title="a, b"; rel="last next")"}), "n");
  EXPECT_EQ(next({R"(<p>; rel="prev")", R"(< n >; REL = "NEXT")"}), "n");
  EXPECT_EQ(next({R"(<n>; rel="prev"; rel="next")"}), "none");
  EXPECT_EQ(next({R"(<n>; rel="next)"}), "none");
  EXPECT_EQ(next({"<n; rel=next"}), "none");
  EXPECT_EQ(next({"n; rel=next"}), "none");
  EXPECT_EQ(next({}), "none");
}

TEST(RegistryHeaders, Warnings) {
  EXPECT_EQ(warning_text(R"(299 - "this registry is \"old\"")"), R"(this registry is "old")");
  EXPECT_EQ(warning_text(R"(299 example.test "x")"), std::nullopt);
  EXPECT_EQ(warning_text(R"(199 - "x")"), std::nullopt);
  EXPECT_EQ(warning_text(R"(299 - "x)"), std::nullopt);
}

TEST(RegistryHeaders, OnlyToken68IsAToken) {
  EXPECT_TRUE(is_token68("abc.DEF-_~+/=="));
  for (const std::string_view bad :
       std::vector<std::string_view>{"", "=", "a b", "a\r\nX: y", "a=b", "ü", std::string_view("a\0b", 3)}) {
    EXPECT_FALSE(is_token68(bad)) << bad;
  }
}

TEST(RegistryErrorBody, SaysWhatTheRegistrySays) {
  const auto text = [](std::string_view body, std::string_view type) { return parse_error_body(body, type).text; };
  EXPECT_EQ(text(R"({"errors":[{"code":"NAME_UNKNOWN","message":"not known","detail":{"a":1}}]})", "application/json"),
            "NAME_UNKNOWN: not known");
  EXPECT_EQ(text(R"({"errors":[{"code":"A"},{"message":"b"}]})", ""), "A; b");
  EXPECT_EQ(text(R"({"details":"incorrect username or password"})", ""), "incorrect username or password");
  EXPECT_EQ(text("<html><head><title>429 Too Many Requests</title>", "text/html; charset=utf-8"),
            "an HTML page, \"429 Too Many Requests\"");
  EXPECT_EQ(text("<!DOCTYPE html><p>no", ""), "an HTML page");
  EXPECT_EQ(text("Your authorization token has expired.", "text/plain"), "Your authorization token has expired.");
  EXPECT_EQ(text(R"({"errors":[{"code":"X","message":"\u001b[31mred"}]})", ""), "X: \\x1b[31mred");
  EXPECT_EQ(text("", "application/json"), "");
  EXPECT_EQ(text(R"({"errors":[{"code":"A","code":"B"}]})", ""), R"({"errors":[{"code":"A","code":"B"}]})");
}

TEST(RegistryUrl, TakesOnlyWhatMayBeAsked) {
  const auto text = [](std::string_view url) {
    const auto parsed = Url::parse(url);
    return parsed ? parsed->text() : "refused";
  };
  EXPECT_EQ(text("https://Reg.Test"), "https://reg.test/");
  EXPECT_EQ(text("HTTPS://reg.test:443/a/../b?x=%41#f"), "https://reg.test/a/../b?x=%41");
  EXPECT_EQ(text("http://[::1]:5000/v2/"), "http://[::1]:5000/v2/");
  EXPECT_EQ(text("http://reg.test:80?x"), "http://reg.test/?x");
  for (const std::string_view bad :
       {"", "reg.test", "ftp://reg.test/", "file:///etc/passwd", "https://", "https://user@reg.test/",
        "https://user:p@reg.test/", "https://reg.test:0/", "https://reg.test:65536/", "https://reg.test:/x",
        "https://reg test/", "https://reg.test/\r\nX: y", "https://reg.test\\@evil.test/", "https://reg.test/ü",
        "https://[::1/", "https://[::1%25eth0]/", "https://re%67.test/"}) {
    EXPECT_EQ(text(bad), "refused") << bad;
  }
}

TEST(RegistryUrl, ResolvesRelativeReferences) {
  const Url base = *Url::parse("https://reg.test/v2/a/list?n=2");
  const auto text = [&](std::string_view reference) {
    const auto resolved = base.resolve(reference);
    return resolved ? resolved->text() : "refused";
  };
  EXPECT_EQ(text("/v2/next?last=x"), "https://reg.test/v2/next?last=x");
  EXPECT_EQ(text("?n=3"), "https://reg.test/v2/a/list?n=3");
  EXPECT_EQ(text("other"), "https://reg.test/v2/a/other");
  EXPECT_EQ(text("../b/./c"), "https://reg.test/v2/b/c");
  EXPECT_EQ(text("../../../../up"), "https://reg.test/up");
  EXPECT_EQ(text("//other.test/x"), "https://other.test/x");
  EXPECT_EQ(text("http://other.test/x"), "http://other.test/x");
  EXPECT_EQ(text("javascript:alert(1)"), "refused");
  EXPECT_EQ(text("/a b"), "refused");
  EXPECT_EQ(base.redacted(), "https://reg.test/v2/a/list?…");
}

TEST(RegistryUrl, FindsDotSegmentsInAnySpelling) {
  for (const std::string_view path : {"/a/../b", "/a/%2e%2E/b", "/a/.%2e", "/.", "/a%2f..%2Fb"}) {
    EXPECT_TRUE(has_dot_segments(path)) << path;
  }
  EXPECT_FALSE(has_dot_segments("/a/..b/c.d/..."));
}

TEST(ContentRange, SaysWhereAPartToTheEndBegins) {
  struct Row {
    std::string_view text;
    std::optional<std::uint64_t> begin;
  };
  for (const Row& row : std::vector<Row>{{"bytes 2-9/10", 2},
                                         {" bytes 2-9/* ", 2},
                                         {"bytes 0-9/10", 0},
                                         {"bytes 2-8/10", std::nullopt},
                                         {"bytes 2-9/11", std::nullopt},
                                         {"bytes 9-2/10", std::nullopt},
                                         {"bytes 2-18446744073709551615/10", std::nullopt},
                                         {"bytes */10", std::nullopt},
                                         {"bytes -9/10", std::nullopt},
                                         {"bytes 2/10-9", std::nullopt},
                                         {"items 2-9/10", std::nullopt},
                                         {"", std::nullopt}}) {
    EXPECT_EQ(registry::part_begins(row.text, 10), row.begin) << row.text;
  }
  EXPECT_EQ(registry::part_begins("bytes 2-9/10", std::nullopt), 2U);
  for (const char* text :
       {"bytes 2-9/*", "bytes 2-8/10", "bytes 2-9/x", "bytes 2-18446744073709551615/18446744073709551615"})
    EXPECT_EQ(registry::part_begins(text, std::nullopt), std::nullopt) << text;
}

}  // namespace
}  // namespace lock::registry
