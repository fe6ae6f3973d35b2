#include "resolver/base/place.hpp"

#include <algorithm>

#include "resolver/base/text.hpp"

namespace lock::base {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kWindow = 120;  // columns of a line that an error shows

struct CodePoint {
  char32_t value;
  std::size_t size;
};

// Lenient: a byte that starts no well-formed sequence is one code point by itself.
CodePoint decode(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (lead < 0x80 || size > text.size() || find_invalid_utf8(text.substr(0, size)))
    return {lead < 0x80 ? lead : U'?', 1};
  char32_t value = lead & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) value = value << 6 | (static_cast<unsigned char>(text[i]) & 0x3FU);
  return {value, size};
}

std::size_t count_columns(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    text.remove_prefix(decode(text).size);
    ++count;
  }
  return count;
}

// East Asian wide and fullwidth, and emoji: the ranges that terminals draw two cells wide.
bool is_wide(char32_t c) {
  return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
         (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x20000 && c <= 0x3FFFD);
}

bool is_unprintable(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

}  // namespace

LineIndex::LineIndex(std::string_view text) : text_(text) {
  starts_.push_back(0);
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    starts_.push_back(at + 1);
  }
}

Position LineIndex::position(std::size_t byte_offset) const {
  byte_offset = std::min(byte_offset, text_.size());
  const auto next = std::upper_bound(starts_.begin(), starts_.end(), byte_offset);
  const auto number = static_cast<std::uint32_t>(next - starts_.begin());
  std::size_t start = starts_[number - 1];
  if (start == 0 && text_.starts_with(kByteOrderMark)) start = std::min(kByteOrderMark.size(), byte_offset);
  return {number, static_cast<std::uint32_t>(count_columns(text_.substr(start, byte_offset - start)) + 1)};
}

std::string_view LineIndex::line(std::uint32_t number) const {
  if (number == 0 || number > starts_.size()) return {};
  const std::size_t start = starts_[number - 1];
  std::size_t end = number < starts_.size() ? starts_[number] - 1 : text_.size();
  if (end > start && text_[end - 1] == '\r') --end;
  std::string_view line = text_.substr(start, end - start);
  if (number == 1 && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  return line;
}

Place LineIndex::place(std::string file, Span span) const {
  const Position where = position(span.begin);
  const std::size_t end = std::min(std::max(span.end, span.begin), text_.size());
  const std::size_t begin = std::min(span.begin, end);
  const std::string_view marked = text_.substr(begin, end - begin);
  const auto length = static_cast<std::uint32_t>(count_columns(marked.substr(0, marked.find_first_of("\r\n"))));
  return {std::move(file), where, std::string(line(where.line).substr(0, std::size_t{64} * 1024)),
          std::max(length, 1U)};
}

std::string draw_caret(const Place& place) {
  if (place.line.empty()) return {};
  const std::size_t caret = place.position.column - 1;
  const std::size_t first = caret > kWindow / 2 && count_columns(place.line) > kWindow ? caret - kWindow / 2 : 0;
  std::string text;
  std::string under;
  std::size_t column = 0;
  for (std::string_view rest = place.line; !rest.empty() && column < first + kWindow; ++column) {
    const CodePoint c = decode(rest);
    if (column >= first) {
      if (c.value == '\t')
        text += ' ';
      else if (is_unprintable(c.value) || (c.size == 1 && c.value == U'?'))
        text += '?';
      else
        text += rest.substr(0, c.size);
      const char mark = column < caret || column >= caret + place.length ? ' ' : column == caret ? '^' : '~';
      under.append(is_wide(c.value) ? 2 : 1, mark);
      if (mark == '^' && is_wide(c.value)) under.back() = place.length > 1 ? '~' : ' ';
    }
    rest.remove_prefix(c.size);
  }
  if (caret >= column) under += std::string(caret - column, ' ') + '^';
  under.erase(under.find_last_not_of(' ') + 1);
  return text + "\n" + under;
}

}  // namespace lock::base
