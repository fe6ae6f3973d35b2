#include "resolver/collect/ignore.hpp"

#include <algorithm>
#include <array>

#include "resolver/base/text.hpp"

namespace lock::collect {
namespace {

using Marks = std::span<const std::string_view>;

constexpr std::string_view kMark = "lock:ignore";
constexpr std::size_t kLongestLead = 80;  // from the begin of a comment to its `lock:ignore`

constexpr auto kHash = std::to_array<std::string_view>({"#"});
constexpr auto kBake = std::to_array<std::string_view>({"#", "//", "/*"});
constexpr auto kJson = std::to_array<std::string_view>({"//", "/*"});
constexpr auto kAny = std::to_array<std::string_view>({"#", "//", "/*", "--", ";", "<!--"});

Span line_around(std::string_view bytes, std::size_t at) {
  at = std::min(at, bytes.size());
  const std::size_t before = at == 0 ? std::string_view::npos : bytes.rfind('\n', at - 1);
  const std::size_t after = bytes.find('\n', at);
  return {before == std::string_view::npos ? 0 : before + 1, after == std::string_view::npos ? bytes.size() : after};
}

// What is left of a text that begins with a comment mark, repeated as people do (`##`, `///`), and blanks.
std::optional<std::string_view> without_mark(std::string_view text, Marks marks) {
  for (const std::string_view mark : marks) {
    if (!text.starts_with(mark)) continue;
    const std::size_t begin = text.find_first_not_of(mark.back(), mark.size());
    return base::trim(text.substr(std::min(begin, text.size())));
  }
  return std::nullopt;
}

// Where the comment begins whose first word stands at `word`, not before `from`; npos when none does.
std::size_t comment_before(std::string_view bytes, Span line, std::size_t from, std::size_t word, Marks marks) {
  for (std::size_t at = word; at-- > from;) {
    const bool free = at == line.begin || bytes[at - 1] == ' ' || bytes[at - 1] == '\t';
    const std::string_view between = bytes.substr(at, word - at);
    if (free && without_mark(between, marks) == "") return at;
    if (between.size() > kLongestLead) break;
  }
  return std::string_view::npos;
}

// The comment's text without the mark that ends it in some languages.
std::string_view without_end(std::string_view text) {
  for (const std::string_view end : {"*/", "-->"}) {
    if (text.ends_with(end)) return base::trim(text.substr(0, text.size() - end.size()));
  }
  return text;
}

// Reads `lock:ignore reason` out of the comment that begins at or after `from` in the line.
std::optional<Ignore> in_comment(std::string_view bytes, Span line, std::size_t from, Marks marks) {
  const std::size_t mark = bytes.substr(0, line.end).find(kMark, from);
  if (mark == std::string_view::npos) return std::nullopt;
  if (comment_before(bytes, line, from, mark, marks) == std::string_view::npos) return std::nullopt;
  const std::string_view rest = bytes.substr(mark + kMark.size(), line.end - mark - kMark.size());
  if (!rest.empty() && rest.front() != ' ' && rest.front() != '\t' && rest.front() != ':' && rest.front() != '\r') {
    return std::nullopt;  // `lock:ignored`, `lock:ignore-file`
  }
  const std::string_view reason = without_end(base::trim(rest.starts_with(':') ? rest.substr(1) : rest));
  const std::size_t end = mark + bytes.substr(mark, line.end - mark).find_last_not_of(" \t\r") + 1;
  return Ignore{std::string(reason), {mark, end}};
}

// `key: >- # comment`: what stands before the comment ends in the header of a block scalar.
bool is_block_header(std::string_view line) {
  const std::size_t hash = line.find(" #");
  std::string_view code = base::trim(line.substr(0, hash));
  while (!code.empty() && (code.back() == '-' || code.back() == '+' || (code.back() >= '1' && code.back() <= '9'))) {
    code.remove_suffix(1);
  }
  return code.ends_with('>') || code.ends_with('|');
}

}  // namespace

std::span<const std::string_view> comment_marks(std::string_view format) {
  if (format == "docker-bake") return kBake;
  if (format == "devcontainer") return kJson;
  if (format == "pattern") return kAny;
  return kHash;
}

std::optional<Ignore> find_ignore(const SourceText& source, Span where, Marks marks) {
  const std::string_view bytes = source.bytes();
  if (bytes.find(kMark) == std::string_view::npos) return std::nullopt;
  const Span last = line_around(bytes, where.end > where.begin ? where.end - 1 : where.begin);
  if (auto found = in_comment(bytes, last, std::min(where.end, last.end), marks)) return found;
  const Span first = line_around(bytes, where.begin);
  if (first.begin == 0) return std::nullopt;
  const Span above = line_around(bytes, first.begin - 1);
  const std::string_view line = bytes.substr(above.begin, above.size());
  const auto comment = without_mark(base::trim(line), marks);
  if (!comment && (marks.data() != kHash.data() || !is_block_header(line))) return std::nullopt;
  // Behind a comment that means something by itself (`# syntax=… # lock:ignore …`) it covers that line alone.
  if (comment && !comment->starts_with(kMark)) return std::nullopt;
  if (auto found = in_comment(bytes, above, above.begin, marks)) return found;
  if (comment || above.begin == 0) return std::nullopt;
  const Span header = line_around(bytes, above.begin - 1);  // the line above a block scalar's header
  if (!without_mark(base::trim(bytes.substr(header.begin, header.size())), marks)) return std::nullopt;
  return in_comment(bytes, header, header.begin, marks);
}

}  // namespace lock::collect
