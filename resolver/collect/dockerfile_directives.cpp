#include <algorithm>
#include <string>

#include "resolver/base/json.hpp"
#include "resolver/base/text.hpp"
#include "resolver/collect/dockerfile_lines.hpp"
#include "resolver/collect/shell_word.hpp"
#include "resolver/collect/tree.hpp"

namespace lock::collect {
namespace {

constexpr std::string_view kBlank = " \t\n\f\r";

struct Directive {
  std::string name;  // lower case
  Span value;        // in the line
};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_letter_or_digit(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

// `# name = value`, with any of the three names that exist. Anything else ends the directives.
std::optional<Directive> parse_directive(std::string_view line, std::string_view comment) {
  if (!line.starts_with(comment)) return std::nullopt;
  std::size_t at = comment.size();
  while (const std::size_t space = space_at(line, at)) at += space;
  const std::size_t begin = at;
  if (at >= line.size() || !is_letter(line[at])) return std::nullopt;
  while (at < line.size() && is_letter_or_digit(line[at])) ++at;
  Directive found;
  found.name = base::to_lower(line.substr(begin, at - begin));
  at = std::min(line.find_first_not_of(kBlank, at), line.size());
  if (at == line.size() || line[at] != '=') return std::nullopt;
  at = line.find_first_not_of(kBlank, at + 1);
  if (at == std::string_view::npos) return std::nullopt;
  found.value = {at, line.find_last_not_of(kBlank) + 1};
  const bool exists = found.name == "syntax" || found.name == "escape" || found.name == "check";
  return exists ? std::optional(found) : std::nullopt;
}

// The end of the line that begins at `at`, without its line end.
std::size_t end_of_line(std::string_view text, std::size_t at) { return std::min(text.find('\n', at), text.size()); }

// The escape character, as the parser reads the lines: leading blanks are allowed, a `#!` line ends everything.
void read_escape(std::string_view text, DockerfileDirectives& out) {
  std::vector<std::string> seen;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = end_of_line(text, at);
    std::size_t begin = at;
    while (begin < end) {
      const std::size_t space = space_at(text, begin);
      if (space == 0) break;
      begin = std::min(begin + space, end);
    }
    const std::string_view line = text.substr(begin, end - begin);
    const auto directive = parse_directive(line, "#");
    if (!directive) return;
    const Span where{begin, end};
    if (std::ranges::find(seen, directive->name) != seen.end()) {
      out.fault = DockerfileFault{where, "only one " + directive->name + " parser directive can be used"};
      return;
    }
    seen.push_back(directive->name);
    if (directive->name == "escape") {
      const std::string_view value = line.substr(directive->value.begin, directive->value.size());
      if (value != "\\" && value != "`") {
        out.fault =
            DockerfileFault{where, "invalid escape token '" + base::harmless(value, 40) + "', expected ` or \\"};
        return;
      }
      out.escape = value.front();
    }
    at = end + 1;
  }
}

// The frontend, as the builder looks for it before any parsing: no leading blanks, but behind a `#!` line too.
bool read_syntax(const MappedText& file, std::size_t from, std::string_view comment, DockerfileDirectives& out) {
  const std::string_view text = file.text();
  std::vector<std::string> seen;
  for (std::size_t at = from; at < text.size();) {
    const std::size_t end = end_of_line(text, at);
    const auto directive = parse_directive(text.substr(at, end - at), comment);
    if (!directive || std::ranges::find(seen, directive->name) != seen.end()) return false;
    if (directive->name == "syntax") {
      const std::size_t begin = at + directive->value.begin;
      const std::size_t blank = text.substr(0, at + directive->value.end).find(' ', begin);
      out.syntax = file.slice(begin, blank == std::string_view::npos ? at + directive->value.end : blank);
      return true;
    }
    seen.push_back(directive->name);
    at = end + 1;
  }
  return false;
}

// JSON is YAML as far as one needs to find the place of a string in it.
void read_json_syntax(const MappedText& file, std::size_t from, DockerfileDirectives& out) {
  const std::string_view text = file.text().substr(from);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || text[first] != '{') return;
  const auto json = base::parse_json(text, "the Dockerfile");
  if (!json || !json->is_object() || !base::find_string(json->get_object(), "syntax")) return;
  const MappedText embedded = file.slice(from);
  const auto tree = Tree::read_embedded(embedded);
  if (tree->documents().empty()) return;
  if (const Node* syntax = tree->find(*tree->documents().front(), "syntax"); syntax != nullptr && syntax->is_scalar()) {
    out.syntax = tree->decode(*syntax);
    out.is_dockerfile = false;
  }
}

}  // namespace

DockerfileDirectives read_dockerfile_directives(const MappedText& file) {
  DockerfileDirectives out;
  const std::string_view text = file.text();
  read_escape(text, out);
  std::size_t from = 0;
  if (text.starts_with("#!")) from = std::min(end_of_line(text, 0) + 1, text.size());
  if (read_syntax(file, from, "#", out)) return out;
  if (read_syntax(file, from, "//", out)) {
    out.is_dockerfile = false;
  } else {
    read_json_syntax(file, from, out);
  }
  return out;
}

}  // namespace lock::collect
