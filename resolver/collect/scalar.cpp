#include "resolver/collect/scalar.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace lock::collect {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_break(char c) { return c == '\n' || c == '\r'; }

// The length of the line end at `at`: "\r\n" is one.
std::size_t break_length(std::string_view bytes, std::size_t at) {
  if (at >= bytes.size() || !is_break(bytes[at])) return 0;
  return bytes[at] == '\r' && at + 1 < bytes.size() && bytes[at + 1] == '\n' ? 2 : 1;
}

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

class ScalarPieces {
 public:
  explicit ScalarPieces(std::string_view bytes) : bytes_(bytes) {}
  void verbatim(Span span) {
    if (span.begin >= span.end) return;
    if (!list_.empty() && !list_.back().decoded && list_.back().bytes.end == span.begin) {
      list_.back().bytes.end = span.end;
    } else {
      list_.push_back({span, std::nullopt});
    }
    text_.append(bytes_.substr(span.begin, span.size()));
  }
  void decoded(Span span, std::string text) {
    text_.append(text);
    if (!text.empty()) list_.push_back({span, std::move(text)});
  }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::vector<ScalarPiece> take() { return std::move(list_); }

 private:
  std::string_view bytes_;
  std::vector<ScalarPiece> list_;
  std::string text_;
};

// A run of blanks and line ends inside a plain or quoted scalar, beginning at a blank or break. Returns its end.
// Without a break it is text; with one it folds to a blank, with n breaks to n-1 line feeds.
std::size_t fold(std::string_view bytes, std::size_t at, std::size_t end, ScalarPieces& out) {
  std::size_t next = at;
  std::size_t breaks = 0;
  while (next < end && (is_blank(bytes[next]) || is_break(bytes[next]))) {
    const std::size_t length = break_length(bytes, next);
    breaks += length != 0;
    next += std::max<std::size_t>(length, 1);
  }
  next = std::min(next, end);
  if (breaks == 0) {
    out.verbatim({at, next});
  } else {
    out.decoded({at, next}, breaks == 1 ? " " : std::string(breaks - 1, '\n'));
  }
  return next;
}

void read_plain(std::string_view bytes, Span span, ScalarPieces& out) {
  for (std::size_t at = span.begin; at < span.end;) {
    if (is_blank(bytes[at]) || is_break(bytes[at])) {
      at = fold(bytes, at, span.end, out);
    } else {
      out.verbatim({at, at + 1});
      ++at;
    }
  }
}

void read_single_quoted(std::string_view bytes, Span span, ScalarPieces& out) {
  for (std::size_t at = span.begin; at < span.end;) {
    if (is_blank(bytes[at]) || is_break(bytes[at])) {
      at = fold(bytes, at, span.end, out);
    } else if (bytes[at] == '\'') {
      out.decoded({at, std::min(at + 2, span.end)}, "'");
      at += 2;
    } else {
      out.verbatim({at, at + 1});
      ++at;
    }
  }
}

std::optional<std::uint32_t> hex(std::string_view digits) {
  std::uint32_t value = 0;
  for (const char c : digits) {
    const std::string_view all = "0123456789abcdef";
    const std::size_t digit = all.find(c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c);
    if (digit == std::string_view::npos) return std::nullopt;
    value = value << 4 | static_cast<std::uint32_t>(digit);
  }
  return value;
}

std::string_view simple_escape(char c) {
  switch (c) {
    case '0': return std::string_view("\0", 1);
    case 'a': return "\a";
    case 'b': return "\b";
    case 't':
    case '\t': return "\t";
    case 'n': return "\n";
    case 'v': return "\v";
    case 'f': return "\f";
    case 'r': return "\r";
    case 'e': return "\x1b";
    case ' ': return " ";
    case '"': return "\"";
    case '/': return "/";
    case '\\': return "\\";
    case 'N': return "\xc2\x85";
    case '_': return "\xc2\xa0";
    case 'L': return "\xe2\x80\xa8";
    case 'P': return "\xe2\x80\xa9";
    default: return {};
  }
}

// The escape at `at` (a backslash). Returns its end, or npos when it is none.
std::size_t read_escape(std::string_view bytes, std::size_t at, std::size_t end, bool json, ScalarPieces& out) {
  if (at + 1 >= end) return std::string_view::npos;
  const char kind = bytes[at + 1];
  if (json && std::string_view("\"\\/bfnrtu").find(kind) == std::string_view::npos) return std::string_view::npos;
  if (const std::string_view simple = simple_escape(kind); !simple.empty()) {
    out.decoded({at, at + 2}, std::string(simple));
    return at + 2;
  }
  const std::size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
  std::size_t next = at + 2 + digits;
  if (digits == 0 || next > end) return std::string_view::npos;
  auto code = hex(bytes.substr(at + 2, digits));
  if (!code) return std::string_view::npos;
  if (json && *code >= 0xD800 && *code < 0xDC00 && next + 6 <= end && bytes.substr(next, 2) == "\\u") {
    const auto low = hex(bytes.substr(next + 2, 4));
    if (low && *low >= 0xDC00 && *low < 0xE000) {
      code = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
      next += 6;
    }
  }
  if ((*code >= 0xD800 && *code < 0xE000) || *code > 0x10FFFF) return std::string_view::npos;
  std::string text;
  append_utf8(text, *code);
  out.decoded({at, next}, std::move(text));
  return next;
}

// False at an escape that is none.
bool read_double_quoted(std::string_view bytes, Span span, bool json, ScalarPieces& out) {
  for (std::size_t at = span.begin; at < span.end;) {
    if (bytes[at] == '\\') {
      if (const std::size_t length = break_length(bytes, at + 1); length != 0 && !json) {
        at += 1 + length;  // an escaped line end is nothing, with the blanks that begin the next line
        while (at < span.end && is_blank(bytes[at])) ++at;
        continue;
      }
      at = read_escape(bytes, at, span.end, json, out);
      if (at == std::string_view::npos) return false;
    } else if (!json && (is_blank(bytes[at]) || is_break(bytes[at]))) {
      at = fold(bytes, at, span.end, out);
    } else {
      out.verbatim({at, at + 1});
      ++at;
    }
  }
  return true;
}

struct Line {
  std::size_t begin = 0;  // after the indentation
  std::size_t end = 0;    // before the line end
  std::size_t next = 0;
  [[nodiscard]] bool empty() const { return begin >= end; }
};

// The lines of a block scalar, each without `indent` blanks.
std::vector<Line> block_lines(std::string_view bytes, Span body, std::size_t indent) {
  std::vector<Line> lines;
  for (std::size_t at = body.begin; at < body.end;) {
    Line line{at, at, at};
    while (line.end < body.end && !is_break(bytes[line.end])) ++line.end;
    line.next = std::min(body.end, line.end + break_length(bytes, line.end));
    while (line.begin < line.end && line.begin - at < indent && bytes[line.begin] == ' ') ++line.begin;
    lines.push_back(line);
    if (line.next == at) break;
    at = line.next;
  }
  return lines;
}

// Text of the block between the header and the end; folded joins lines that begin with no blank.
void read_block(std::string_view bytes, Span body, std::size_t indent, bool folded, char chomp, ScalarPieces& out) {
  const std::vector<Line> lines = block_lines(bytes, body, indent);
  std::size_t last = lines.size();
  while (last > 0 && lines[last - 1].empty()) --last;
  for (std::size_t i = 0; i < last; ++i) {
    const Line& line = lines[i];
    out.verbatim({line.begin, line.end});
    const Span ending{line.end, line.next};
    if (i + 1 == last) {
      if (chomp != '-' && ending.size() > 0) out.decoded(ending, "\n");
      continue;
    }
    std::size_t following = i + 1;
    while (following < last && lines[following].empty()) ++following;
    const bool joins =
        folded && !line.empty() && !is_blank(bytes[line.begin]) && !is_blank(bytes[lines[following].begin]);
    if (!joins) {
      if (bytes.substr(ending.begin, ending.size()) == "\n") {
        out.verbatim(ending);
      } else {
        out.decoded(ending, "\n");
      }
    } else if (following == i + 1) {
      out.decoded({line.end, lines[following].begin}, " ");
    }  // with empty lines between, the first line end is dropped and each empty line is one line feed
  }
  if (chomp == '+') {
    for (std::size_t i = last; i < lines.size(); ++i) {
      if (lines[i].next > lines[i].end) out.decoded({lines[i].end, lines[i].next}, "\n");
    }
  }
}

// The header after `|` or `>`: indentation indicator, chomping, comment. Tries the indentations that can be meant.
std::vector<ScalarPiece> block_pieces(std::string_view bytes, Span span, bool folded, std::string_view value) {
  std::size_t at = span.begin + 1;
  char chomp = ' ';
  std::size_t indicator = 0;
  for (; at < span.end && !is_break(bytes[at]) && !is_blank(bytes[at]); ++at) {
    if (bytes[at] == '+' || bytes[at] == '-') chomp = bytes[at];
    if (bytes[at] >= '1' && bytes[at] <= '9') indicator = static_cast<std::size_t>(bytes[at] - '0');
  }
  while (at < span.end && !is_break(bytes[at])) ++at;
  const Span body{std::min(span.end, at + break_length(bytes, at)), span.end};
  std::size_t indent = 0;
  for (const Line& line : block_lines(bytes, body, std::string_view::npos)) {
    const std::size_t before = line.begin == body.begin ? body.begin : bytes.rfind('\n', line.begin - 1) + 1;
    indent = std::max(indent, line.begin - std::max(before, body.begin));
    if (!line.empty()) break;
  }
  // With an indicator the indentation is the parent's, which is not known here, plus it: the value says which.
  for (std::size_t tried = indicator == 0 ? indent : indicator; tried <= std::max(indent, indicator); ++tried) {
    ScalarPieces out(bytes);
    read_block(bytes, body, tried, folded, chomp, out);
    if (out.text() == value) return out.take();
    if (tried - std::min(tried, indicator) > 200) break;
  }
  return {};
}

}  // namespace

bool read_json_string(std::string_view bytes, Span span, std::string& text) {
  ScalarPieces out(bytes);
  const bool good = read_double_quoted(bytes, {span.begin + 1, span.end - 1}, true, out);
  text = out.text();
  return good;
}

std::vector<ScalarPiece> pieces_of(std::string_view bytes, Span span, ScalarStyle style, std::string_view value) {
  if (span.end > bytes.size() || span.begin >= span.end) return {};
  if (style == ScalarStyle::literal || style == ScalarStyle::folded) {
    return block_pieces(bytes, span, style == ScalarStyle::folded, value);
  }
  ScalarPieces out(bytes);
  const Span inside{span.begin + 1, span.end - 1};
  if (style != ScalarStyle::plain && span.size() < 2) return {};
  switch (style) {
    case ScalarStyle::plain: read_plain(bytes, span, out); break;
    case ScalarStyle::single_quoted: read_single_quoted(bytes, inside, out); break;
    default: static_cast<void>(read_double_quoted(bytes, inside, style == ScalarStyle::json, out)); break;
  }
  if (out.text() != value) return {};
  auto pieces = out.take();
  if (pieces.empty()) pieces.push_back({{inside.begin, inside.begin}, std::nullopt});
  return pieces;
}

}  // namespace lock::collect
