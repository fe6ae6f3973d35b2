#include "resolver/collect/shell_pattern.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <memory>
#include <string>

#include "resolver/base/text.hpp"

namespace lock::collect {
namespace {

constexpr std::string_view kSpecial = "[]{}.+()|^$";

std::unexpected<Error> refuse(std::string_view pattern, std::string_view why) {
  return fail(ErrorKind::malformed,
              "invalid pattern (" + base::harmless(pattern, 80) + ") in substitution: " + std::string(why));
}

// The same pattern as a regular expression. It can only match what it says, so compiling fails on nothing but size.
Result<std::string> to_expression(std::string_view pattern, bool longest) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    char c = pattern[i];
    if (c == '*') {
      out += longest ? ".*" : ".*?";
      continue;
    }
    if (c == '?') {
      out += '.';
      continue;
    }
    if (c == '\\') {
      const char next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
      if (next == '}' || next == '/') continue;
      if (next != '*' && next != '?' && next != '\\') return refuse(pattern, "'\\' escapes only '*', '?' and '\\'");
      out += '\\';
      c = pattern[++i];
    } else if (kSpecial.find(c) != std::string_view::npos) {
      out += '\\';
    }
    if (c == '\0') {
      out += "\\x00";
    } else {
      out += c;
    }
  }
  return out;
}

Result<std::unique_ptr<RE2>> compile(std::string_view pattern, std::string_view text, bool longest, bool anchored) {
  auto expression = to_expression(pattern, longest);
  if (!expression) return std::unexpected(expression.error());
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(std::int64_t{1} << 20);
  const bool utf8 = !base::find_invalid_utf8(pattern) && !base::find_invalid_utf8(text);
  options.set_encoding(utf8 ? RE2::Options::EncodingUTF8 : RE2::Options::EncodingLatin1);
  auto compiled = std::make_unique<RE2>((anchored ? "^" : "") + *expression, options);
  if (!compiled->ok()) return refuse(pattern, "too large");
  return compiled;
}

std::optional<Span> find_match(const RE2& expression, std::string_view text, std::size_t from) {
  re2::StringPiece match;
  const re2::StringPiece whole(text.data(), text.size());
  if (!expression.Match(whole, from, whole.size(), RE2::UNANCHORED, &match, 1)) return std::nullopt;
  const auto begin = static_cast<std::size_t>(match.data() - whole.data());
  return Span{begin, begin + match.size()};
}

bool continues_code_point(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// The end of the character that begins at `at`.
std::size_t next_character(std::string_view text, std::size_t at) {
  ++at;
  while (at < text.size() && continues_code_point(text[at])) ++at;
  return at;
}

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> found;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = next_character(text, at);
    found.push_back(text.substr(at, end - at));
    at = end;
  }
  return found;
}

std::string reversed_text(std::string_view text) {
  std::string out;
  const auto all = characters(text);
  for (auto it = all.rbegin(); it != all.rend(); ++it) out += *it;
  return out;
}

// `a\*c` becomes `c\*a`: an escape travels with what it escapes.
std::string reversed_pattern(std::string_view pattern) {
  std::string out;
  const auto all = characters(pattern);
  std::vector<std::string> pieces;
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::string piece(all[i]);
    if (piece == "\\" && i + 1 < all.size()) piece += all[++i];
    pieces.push_back(std::move(piece));
  }
  for (auto it = pieces.rbegin(); it != pieces.rend(); ++it) out += *it;
  return out;
}

}  // namespace

Result<Span> match_prefix(std::string_view pattern, std::string_view text, bool longest) {
  auto expression = compile(pattern, text, longest, true);
  if (!expression) return std::unexpected(expression.error());
  return find_match(**expression, text, 0).value_or(Span{0, 0});
}

// RE2 finds the leftmost match, so the shortest one at the right is looked for in the mirrored text.
Result<Span> match_suffix(std::string_view pattern, std::string_view text, bool longest) {
  auto mirrored = match_prefix(reversed_pattern(pattern), reversed_text(text), longest);
  if (!mirrored) return mirrored;
  return Span{text.size() - mirrored->size(), text.size()};
}

Result<std::vector<Span>> match_anywhere(std::string_view pattern, std::string_view text, bool every) {
  auto expression = compile(pattern, text, true, false);
  if (!expression) return std::unexpected(expression.error());
  std::vector<Span> found;
  for (std::size_t from = 0; from <= text.size();) {
    const auto match = find_match(**expression, text, from);
    if (!match) break;
    const bool repeats = match->size() == 0 && !found.empty() && found.back().end == match->begin;
    if (!repeats) found.push_back(*match);
    if (!every) break;
    from = match->size() == 0 ? next_character(text, match->end) : match->end;
  }
  return found;
}

}  // namespace lock::collect
