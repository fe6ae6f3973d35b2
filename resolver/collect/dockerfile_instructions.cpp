#include "resolver/collect/dockerfile_instructions.hpp"

#include <algorithm>

#include "resolver/base/text.hpp"
#include "resolver/collect/shell_word.hpp"

namespace lock::collect {
namespace {

constexpr std::string_view kBlank = "\t\v\f\r ";

std::vector<MappedText> split_at_blanks(const MappedText& text) {
  std::vector<MappedText> words;
  const std::string_view all = text.text();
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = std::min(all.find_first_of(kBlank, at), all.size());
    words.push_back(text.slice(at, end));
    at = std::min(all.find_first_not_of(kBlank, end), all.size());
  }
  return words;
}

// [a-z][a-z0-9-_.]*
bool is_stage_name(std::string_view name) {
  return !name.empty() && name.front() >= 'a' && name.front() <= 'z' && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

// Words at blanks outside quotes, with quotes and escapes kept. An escape at the very end is dropped.
std::vector<MappedText> split_words_keeping_quotes(const MappedText& text, char escape) {
  std::vector<MappedText> words;
  const std::string_view all = text.text();
  MappedText word;
  char quote = '\0';
  bool in_word = false;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t space = quote == '\0' ? space_at(all, at) : 0;
    if (space != 0) {
      if (in_word && !word.empty()) words.push_back(std::move(word));
      word = MappedText{};
      in_word = false;
      at += space;
      continue;
    }
    in_word = true;
    const char c = all[at];
    if (c == escape && quote != '\'') {
      if (at + 1 == all.size()) break;
      word.append(text.slice(at, at + 2));
      at += 2;
      continue;
    }
    if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = '\0';
    }
    word.append(text.slice(at, at + 1));
    ++at;
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

// One record of comma-separated values (RFC 4180, without line ends).
Result<std::vector<MappedText>> split_comma_separated(const MappedText& text) {
  std::vector<MappedText> fields;
  const std::string_view all = text.text();
  std::size_t at = 0;
  while (true) {
    if (at >= all.size() || all[at] != '"') {
      const std::size_t end = std::min(all.find(',', at), all.size());
      if (all.substr(at, end - at).find('"') != std::string_view::npos) {
        return fail(ErrorKind::malformed, "failed to parse csv mounts: bare \" in a field that is not quoted");
      }
      fields.push_back(text.slice(at, end));
      if (end == all.size()) return fields;
      at = end + 1;
      continue;
    }
    MappedText field;
    bool closed = false;
    while (!closed) {
      const std::size_t close = all.find('"', ++at);
      if (close == std::string_view::npos) break;
      field.append(text.slice(at, close));
      at = close + 1;
      closed = at >= all.size() || all[at] != '"';
      if (!closed) field.append(text.slice(at, at + 1));  // "" is a quote
    }
    if (!closed || (at < all.size() && all[at] != ',')) {
      return fail(ErrorKind::malformed, "failed to parse csv mounts: a quote in the wrong place");
    }
    fields.push_back(std::move(field));
    if (at >= all.size()) return fields;
    ++at;
  }
}

}  // namespace

std::optional<FromInstruction> read_from(const DockerfileLine& line) {
  const auto words = split_at_blanks(line.arguments);
  if (words.empty()) return std::nullopt;
  FromInstruction out;
  out.base = words.front();
  out.platform = flag_value(line, "platform");
  if (words.size() == 3 && base::equal_ignoring_case(words[1].text(), "as")) {
    out.name = base::to_lower(words[2].text());
    if (!is_stage_name(out.name)) {
      out.trouble = "invalid name for build stage: \"" + base::harmless(words[2].text(), 80) +
                    "\", name can't start with a number or contain symbols";
    }
  } else if (words.size() != 1) {
    out.trouble = "FROM requires either one or three arguments";
  }
  for (const MappedText& flag : line.flags) {
    const std::string_view name = flag.text().substr(0, flag.text().find('='));
    if (name != "--platform" && out.trouble.empty()) out.trouble = "unknown flag: " + base::harmless(name, 80);
  }
  return out;
}

std::vector<ArgDefinition> read_arg(const DockerfileLine& line, char escape) {
  std::vector<ArgDefinition> out;
  for (const MappedText& word : split_words_keeping_quotes(line.arguments, escape)) {
    const std::size_t equals = word.text().find('=');
    ArgDefinition definition;
    definition.name = std::string(word.text().substr(0, equals));
    if (equals != std::string_view::npos) definition.value = word.slice(equals + 1);
    out.push_back(std::move(definition));
  }
  return out;
}

std::optional<MappedText> flag_value(const DockerfileLine& line, std::string_view name) {
  for (const MappedText& flag : line.flags) {
    const std::string_view text = flag.text();
    if (!text.starts_with("--") || text.substr(2, name.size()) != name) continue;
    const std::size_t equals = 2 + name.size();
    if (equals < text.size() && text[equals] == '=') return flag.slice(equals + 1);
  }
  return std::nullopt;
}

Result<std::vector<MappedText>> mounts_from(const DockerfileLine& line) {
  constexpr std::string_view kFlag = "--mount=";
  std::vector<MappedText> out;
  for (const MappedText& flag : line.flags) {
    if (!flag.text().starts_with(kFlag)) continue;
    auto fields = split_comma_separated(flag.slice(kFlag.size()));
    if (!fields) return std::unexpected(fields.error());
    std::optional<MappedText> from;  // of several in one mount the last counts
    for (const MappedText& field : *fields) {
      const std::size_t equals = field.text().find('=');
      if (equals == std::string_view::npos) continue;
      if (base::to_lower(field.text().substr(0, equals)) == "from") from = field.slice(equals + 1);
    }
    if (from) out.push_back(std::move(*from));
  }
  return out;
}

bool is_stage_number(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace lock::collect
