// Globs of images.toml, against a slow reading of their definition.
#include "resolver/base/glob.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace lock::base {
namespace {

bool slowly(std::string_view pattern, std::string_view text, bool at_segment = true) {
  if (pattern.empty()) return text.empty();
  if (at_segment && pattern.starts_with("**/") && slowly(pattern.substr(3), text, true)) return true;
  if (at_segment && pattern.starts_with("**/")) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '/' && slowly(pattern.substr(3), text.substr(i + 1), true)) return true;
    }
    return false;
  }
  if (pattern.starts_with("**")) {
    return slowly(pattern.substr(2), text, false) || (!text.empty() && slowly(pattern, text.substr(1), false));
  }
  if (pattern.front() == '*') {
    return slowly(pattern.substr(1), text, false) ||
           (!text.empty() && text.front() != '/' && slowly(pattern, text.substr(1), false));
  }
  if (text.empty()) return false;
  if (pattern.front() == '?' ? text.front() == '/' : pattern.front() != text.front()) return false;
  return slowly(pattern.substr(1), text.substr(1), pattern.front() == '/');
}

TEST(Glob, SaysWhatItsDefinitionSays) {
  struct Row {
    const char* pattern;
    const char* text;
    bool matches;
  };
  constexpr Row rows[] = {
      {"**/*.yaml", "a.yaml", true},
      {"**/*.yaml", "a/b/c.yaml", true},
      {"**/*.yaml", ".yaml", true},
      {"**/*.yaml", "a.yaml/b", false},
      {"*.yaml", "a/b.yaml", false},
      {"a*a", "a", false},
      {"a*a", "aa", true},
      {"**/x", "x", true},
      {"**/x", "a/x", true},
      {"**/x", "ax", false},
      {"deploy/**", "deploy/a/b", true},
      {"deploy/**", "deploys", false},
      {"a/*/c", "a/b/c", true},
      {"a/*/c", "a/b/b/c", false},
      {"?", "/", false},
  };
  for (const Row& row : rows) EXPECT_EQ(glob_matches(row.pattern, row.text), row.matches) << row.pattern << row.text;
}

TEST(Glob, AgreesWithASlowReading) {
  std::mt19937 random(7);
  const auto text_of = [&random](std::string_view letters, std::size_t most) {
    std::string text;
    for (std::size_t length = random() % most; text.size() < length;) text += letters[random() % letters.size()];
    return text;
  };
  for (int i = 0; i < 50'000; ++i) {
    std::string pattern = text_of("a./*?", 7);
    if (pattern.find("***") != std::string::npos) continue;  // as many stars as one likes mean two
    if (random() % 4 == 0) pattern.insert(0, "**/");
    if (pattern.find("***") != std::string::npos) continue;
    const std::string text = text_of("a./", 9);
    EXPECT_EQ(glob_matches(pattern, text), slowly(pattern, text)) << pattern << " on " << text;
  }
}

}  // namespace
}  // namespace lock::base
