// Places in text. Bytes inside the program, lines and code points towards people.
//
// A Span is a half-open byte range of a file or string. A Position counts from 1, lines by '\n' (a '\r' before it
// belongs to the line's end), columns in Unicode code points; a leading byte order mark has no column. A Place is a
// Position in a named text together with the line itself, so that an error can draw a caret without the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lock::base {

struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
  [[nodiscard]] std::size_t size() const { return end - begin; }
  friend auto operator<=>(const Span&, const Span&) = default;
};

struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  friend auto operator<=>(const Position&, const Position&) = default;
};

struct Place {
  std::string file;  // relative to the root of the run; empty for a text without a file (a command-line argument)
  Position position;
  std::string line;          // the whole line, without its end; empty when not known
  std::uint32_t length = 1;  // code points that the caret underlines, cut at the end of the line
};

// Finds positions in one text. Holds a view: the text must outlive it. Building is O(bytes), a look-up O(log lines
// + bytes of the line). Safe to share between threads once built.
class LineIndex {
 public:
  explicit LineIndex(std::string_view text);
  [[nodiscard]] Position position(std::size_t byte_offset) const;   // an offset past the end is the end
  [[nodiscard]] std::string_view line(std::uint32_t number) const;  // empty for a line that does not exist
  [[nodiscard]] Place place(std::string file, Span span) const;
  [[nodiscard]] std::uint32_t lines() const { return static_cast<std::uint32_t>(starts_.size()); }

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
};

// Two lines: the text of the place, cut to a window of about 120 columns around it, and a caret under it. Tabs become
// single blanks and control characters '?', so that the caret stays under what it means; wide characters count as two.
// Empty when the place has no line.
[[nodiscard]] std::string draw_caret(const Place& place);

}  // namespace lock::base

namespace lock {
using base::Place;
using base::Position;
using base::Span;
}  // namespace lock
