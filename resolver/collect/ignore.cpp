#include "resolver/collect/ignore.hpp"

#include "resolver/base/text.hpp"

namespace lock::collect {
namespace {

constexpr std::string_view kMark = "lock:ignore";

Span line_around(std::string_view bytes, std::size_t at) {
  at = std::min(at, bytes.size());
  const std::size_t before = at == 0 ? std::string_view::npos : bytes.rfind('\n', at - 1);
  const std::size_t after = bytes.find('\n', at);
  return {before == std::string_view::npos ? 0 : before + 1, after == std::string_view::npos ? bytes.size() : after};
}

// Reads `lock:ignore reason` out of the comment that begins at or after `from` in the line.
std::optional<Ignore> in_comment(std::string_view bytes, Span line, std::size_t from) {
  const std::size_t mark = bytes.substr(0, line.end).find(kMark, from);
  if (mark == std::string_view::npos) return std::nullopt;
  const std::size_t hash = bytes.substr(0, mark).rfind('#');
  if (hash == std::string_view::npos || hash < from) return std::nullopt;
  if (hash > line.begin && bytes[hash - 1] != ' ' && bytes[hash - 1] != '\t') return std::nullopt;
  const std::string_view between = bytes.substr(hash, mark - hash);
  if (between.find_first_not_of("# \t") != std::string_view::npos) return std::nullopt;
  const std::string_view rest = bytes.substr(mark + kMark.size(), line.end - mark - kMark.size());
  if (!rest.empty() && rest.front() != ' ' && rest.front() != '\t' && rest.front() != ':' && rest.front() != '\r') {
    return std::nullopt;  // `lock:ignored`, `lock:ignore-file`
  }
  const std::string_view reason = base::trim(rest.starts_with(':') ? rest.substr(1) : rest);
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

std::optional<Ignore> find_ignore(const SourceText& source, Span where) {
  const std::string_view bytes = source.bytes();
  if (bytes.find(kMark) == std::string_view::npos) return std::nullopt;
  const Span last = line_around(bytes, where.end > where.begin ? where.end - 1 : where.begin);
  if (auto found = in_comment(bytes, last, std::min(where.end, last.end))) return found;
  const Span first = line_around(bytes, where.begin);
  if (first.begin == 0) return std::nullopt;
  const Span above = line_around(bytes, first.begin - 1);
  const std::string_view line = bytes.substr(above.begin, above.size());
  const std::string_view trimmed = base::trim(line);
  if (!trimmed.starts_with('#') && !is_block_header(line)) return std::nullopt;
  // Behind a comment that means something by itself (`# syntax=… # lock:ignore …`) it covers that line alone.
  const std::string_view comment = trimmed.substr(std::min(trimmed.find_first_not_of('#'), trimmed.size()));
  if (trimmed.starts_with('#') && !base::trim(comment).starts_with(kMark)) return std::nullopt;
  if (auto found = in_comment(bytes, above, above.begin)) return found;
  if (trimmed.starts_with('#') || above.begin == 0) return std::nullopt;
  const Span header = line_around(bytes, above.begin - 1);  // the line above a block scalar's header
  if (!base::trim(bytes.substr(header.begin, header.size())).starts_with('#')) return std::nullopt;
  return in_comment(bytes, header, header.begin);
}

}  // namespace lock::collect
