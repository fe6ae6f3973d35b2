#include "lockfile/tables/tables.hpp"

#include <algorithm>

#include "resolver/base/text.hpp"

namespace lock::tables {
namespace {

// toml++ reads and indexes well past what it was given only in the sense of memory; a file of this size is no lock.
constexpr std::size_t kMostBytes = std::size_t{64} << 20;

bool is_marker(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line == "=======") return true;
  return (line.starts_with("<<<<<<<") || line.starts_with(">>>>>>>") || line.starts_with("|||||||")) &&
         (line.size() == 7 || line[7] == ' ');
}

}  // namespace

const base::LineIndex& Source::lines() const {
  if (!lines_) lines_.emplace(text_);
  return *lines_;
}

Place Source::place(const toml::source_region& region) const {
  // A region over several lines (an array) is shown by its first one.
  const bool one_line = region.begin.line == region.end.line && region.end.column > region.begin.column;
  const std::string_view line = lines().line(region.begin.line);
  const std::size_t rest = base::count_code_points(line) + 1;
  const std::uint32_t to_end = rest > region.begin.column ? static_cast<std::uint32_t>(rest) - region.begin.column : 1;
  return {file_,
          {region.begin.line, region.begin.column},
          std::string(line),
          std::min(one_line ? region.end.column - region.begin.column : to_end, to_end)};
}

Place Source::line(std::uint32_t number) const {
  const std::string_view line = lines().line(number);
  return {file_,
          {number, 1},
          std::string(line),
          std::max<std::uint32_t>(1, static_cast<std::uint32_t>(base::count_code_points(line)))};
}

Result<toml::table> parse(const Source& source) {
  if (source.text().size() > kMostBytes) {
    return fail(ErrorKind::configuration, source.file() + " is larger than 64 MiB");
  }
  try {
    return toml::parse(source.text(), std::string_view());
  } catch (const toml::parse_error& error) {
    // toml++ refuses bad UTF-8 too, but its message speaks of the parser and not of the file.
    if (const auto offset = base::find_invalid_utf8(source.text())) {
      const base::LineIndex index(source.text());
      return fail_at(ErrorKind::configuration, index.place(source.file(), {*offset, *offset + 1}), "this is not UTF-8",
                     "save the file as UTF-8");
    }
    return fail_at(ErrorKind::configuration, source.place(error.source()),
                   "not valid TOML: " + base::harmless(error.description()));
  }
}

std::optional<Place> find_conflict(const Source& source) {
  std::uint32_t number = 1;
  std::string_view rest = source.text();
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    // Four characters start a marker, and nothing else in these files starts a line with one of them twice.
    if (line.size() >= 7 && line[0] == line[1] && is_marker(line)) return source.line(number);
    if (end == rest.npos) break;
    rest.remove_prefix(end + 1);
    ++number;
  }
  return std::nullopt;
}

std::string_view kind_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::none: return "nothing";
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "an array";
    case toml::node_type::string: return "a string";
    case toml::node_type::integer: return "an integer";
    case toml::node_type::floating_point: return "a floating-point number";
    case toml::node_type::boolean: return "a boolean";
    case toml::node_type::date: return "a date";
    case toml::node_type::time: return "a time";
    case toml::node_type::date_time: return "a date with time";
  }
  return "another kind of value";
}

std::string one_of(std::span<const std::string_view> words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

std::vector<const toml::key*> keys_in_order(const toml::table& table) {
  std::vector<const toml::key*> keys;
  keys.reserve(table.size());
  for (auto&& [key, value] : table) keys.push_back(&key);
  std::ranges::stable_sort(
      keys, [](const toml::key* a, const toml::key* b) { return a->source().begin < b->source().begin; });
  return keys;
}

}  // namespace lock::tables
