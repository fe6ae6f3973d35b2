#include "resolver/base/glob.hpp"

#include <vector>

namespace lock::base {
namespace {

// One step of the pattern: a literal byte, `?`, `*`, `**`, or `**/` (which may also match nothing).
struct Token {
  enum class Kind { literal, one, star, globstar, globstar_slash } kind;
  char byte = 0;
};

std::vector<Token> tokenize(std::string_view pattern) {
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '?') {
      tokens.push_back({Token::Kind::one});
    } else if (pattern.substr(i, 3) == "**/" && (i == 0 || pattern[i - 1] == '/')) {
      tokens.push_back({Token::Kind::globstar_slash});
      i += 2;
    } else if (pattern.substr(i, 2) == "**") {
      tokens.push_back({Token::Kind::globstar});
      while (i + 1 < pattern.size() && pattern[i + 1] == '*') ++i;
    } else if (pattern[i] == '*') {
      tokens.push_back({Token::Kind::star});
    } else {
      tokens.push_back({Token::Kind::literal, pattern[i]});
    }
  }
  return tokens;
}

// A set of live positions in the pattern is advanced over the text: O(pattern * text), whatever the pattern.
bool matches_any(std::string_view pattern, std::string_view text) {
  using Kind = Token::Kind;
  const std::vector<Token> tokens = tokenize(pattern);
  std::vector<char> live(tokens.size() + 1, 0);
  std::vector<char> next(tokens.size() + 1, 0);
  // Positions that are reached without consuming a byte. `**/` may be passed at the start of a segment only.
  const auto close = [&](std::vector<char>& set, bool at_segment) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (!set[i]) continue;
      const Kind kind = tokens[i].kind;
      if (kind == Kind::star || kind == Kind::globstar || (kind == Kind::globstar_slash && at_segment)) set[i + 1] = 1;
    }
  };
  live[0] = 1;
  close(live, true);
  for (const char c : text) {
    std::fill(next.begin(), next.end(), 0);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (!live[i]) continue;
      switch (tokens[i].kind) {
        case Kind::literal:
          if (tokens[i].byte == c) next[i + 1] = 1;
          break;
        case Kind::one:
          if (c != '/') next[i + 1] = 1;
          break;
        case Kind::star:
          if (c != '/') next[i] = 1;
          break;
        case Kind::globstar:
        case Kind::globstar_slash: next[i] = 1; break;
      }
    }
    close(next, c == '/');
    std::swap(live, next);
  }
  return live[tokens.size()] != 0;
}

}  // namespace

// Every file of a tree is held against each glob, so what is literal at either end is looked at first; and `**/*.yaml`
// asks for no more than that.
bool glob_matches(std::string_view pattern, std::string_view text) {
  if (pattern.starts_with("**/") && pattern.find('/', 3) == std::string_view::npos &&
      pattern.find("**", 3) == std::string_view::npos) {
    pattern.remove_prefix(3);  // what follows matches the last segment or nothing
    text.remove_prefix(text.rfind('/') + 1);
  }
  const std::size_t first = pattern.find_first_of("*?");
  if (first == std::string_view::npos) return pattern == text;
  const std::size_t last = pattern.find_last_of("*?");
  std::string_view tail = pattern.substr(last + 1);
  if (first != last && pattern[last - 1] == '*' && tail.starts_with('/'))
    tail.remove_prefix(1);  // `**/` may be nothing
  if (!text.starts_with(pattern.substr(0, first)) || !text.ends_with(tail)) return false;
  if (first != last || pattern[first] != '*') return matches_any(pattern, text);
  return text.size() >= first + tail.size() &&
         text.substr(first, text.size() - first - tail.size()).find('/') == std::string_view::npos;
}

}  // namespace lock::base
