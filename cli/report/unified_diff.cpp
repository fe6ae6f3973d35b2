#include "cli/report/unified_diff.hpp"

#include <algorithm>
#include <vector>

#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

constexpr std::size_t kContext = 3;

using Lines = std::vector<std::string_view>;

// Each with its line feed; the last may have none.
Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t size = end == text.npos ? text.size() : end + 1;
    lines.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

// Lines [before, before_end) become [after, after_end).
struct Change {
  std::size_t before = 0;
  std::size_t before_end = 0;
  std::size_t after = 0;
  std::size_t after_end = 0;
};

std::vector<Change> changes_between(const Lines& before, const Lines& after) {
  std::vector<Change> changes;
  if (before.size() == after.size()) {
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (before[i] == after[i]) continue;
      if (!changes.empty() && changes.back().before_end == i) {
        ++changes.back().before_end;
        ++changes.back().after_end;
      } else {
        changes.push_back({i, i + 1, i, i + 1});
      }
    }
    return changes;
  }
  const auto [differs, other] = std::ranges::mismatch(before, after);
  const auto first = static_cast<std::size_t>(differs - before.begin());
  std::size_t same_end = 0;
  const std::size_t shorter = std::min(before.size(), after.size());
  while (same_end < shorter - first && before[before.size() - 1 - same_end] == after[after.size() - 1 - same_end]) {
    ++same_end;
  }
  changes.push_back({first, before.size() - same_end, first, after.size() - same_end});
  return changes;
}

std::string shown(std::string_view line, const Style& style) {
  if (!style.colour) return std::string(line);
  std::string out;
  for (const auto piece : base::split(line, '\t')) {
    out += (out.empty() && piece.data() == line.data() ? "" : "\t") + base::harmless(piece, piece.size());
  }
  return out;
}

void put_line(std::string& out, char sign, std::string_view line, const Style& style) {
  const bool ended = line.ends_with('\n');
  if (ended) line.remove_suffix(1);
  const std::string text = sign + shown(line, style);
  out += (sign == '+' ? style.green(text) : sign == '-' ? style.red(text) : text) + "\n";
  if (!ended) out += "\\ No newline at end of file\n";
}

std::string range(std::size_t begin, std::size_t count) {
  const std::string first = std::to_string(count == 0 ? begin : begin + 1);
  return count == 1 ? first : first + "," + std::to_string(count);
}

// The changes [first, last) with the lines around and between them.
void put_hunk(std::string& out, std::span<const Change> changes, const Lines& before, const Lines& after,
              const Style& style) {
  const Change& first = changes.front();
  const Change& last = changes.back();
  const std::size_t lead = std::min(kContext, first.before);
  const std::size_t tail = std::min(kContext, before.size() - last.before_end);
  const std::size_t begin = first.before - lead;
  const std::size_t begin_after = first.after - lead;
  out += style.dim("@@ -" + range(begin, last.before_end + tail - begin) + " +" +
                   range(begin_after, last.after_end + tail - begin_after) + " @@") +
         "\n";
  std::size_t at = begin;
  for (const Change& change : changes) {
    for (; at < change.before; ++at) put_line(out, ' ', before[at], style);
    for (; at < change.before_end; ++at) put_line(out, '-', before[at], style);
    for (std::size_t i = change.after; i < change.after_end; ++i) put_line(out, '+', after[i], style);
  }
  for (; at < last.before_end + tail; ++at) put_line(out, ' ', before[at], style);
}

// git's quoting: octal for bytes that are no plain ASCII, which keeps a newline in a name from becoming a header.
std::string quoted_name(std::string_view prefix, std::string_view file) {
  std::string name = std::string(prefix) + std::string(file);
  const auto is_plain = [](char c) { return c >= 0x20 && c != 0x7f && c != '"' && c != '\\'; };
  if (std::ranges::all_of(name, is_plain)) return name;
  std::string out = "\"";
  for (const char c : name) {
    if (is_plain(c)) {
      out += c;
    } else if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'\\', static_cast<char>('0' + byte / 64), static_cast<char>('0' + byte / 8 % 8),
              static_cast<char>('0' + byte % 8)};
    }
  }
  return out + "\"";
}

}  // namespace

std::string unified_diff(std::string_view file, std::string_view before, std::string_view after, const Style& style) {
  if (before == after) return {};
  const Lines old_lines = lines_of(before);
  const Lines new_lines = lines_of(after);
  const std::vector<Change> changes = changes_between(old_lines, new_lines);
  std::string out =
      style.bold("--- " + quoted_name("a/", file)) + "\n" + style.bold("+++ " + quoted_name("b/", file)) + "\n";
  for (std::size_t i = 0; i < changes.size();) {
    std::size_t end = i + 1;
    while (end < changes.size() && changes[end].before - changes[end - 1].before_end <= 2 * kContext) ++end;
    put_hunk(out, std::span(changes).subspan(i, end - i), old_lines, new_lines, style);
    i = end;
  }
  return out;
}

}  // namespace lock::cli
