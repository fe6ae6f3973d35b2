#include "resolver/collect/dockerfile_lines.hpp"

#include <algorithm>
#include <array>

#include "resolver/base/json.hpp"
#include "resolver/base/text.hpp"
#include "resolver/collect/shell_word.hpp"

namespace lock::collect {
namespace {

constexpr std::string_view kBlank = "\t\v\f\r ";  // between the words of an instruction

constexpr std::array<std::string_view, 18> kInstructions = {
    "add",   "arg",        "cmd",     "copy", "entrypoint", "env",        "expose", "from",   "healthcheck",
    "label", "maintainer", "onbuild", "run",  "shell",      "stopsignal", "user",   "volume", "workdir"};

// BuildKit takes flags apart byte by byte and asks Unicode about each, so two bytes of longer characters separate too.
bool is_flag_space(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == ' ' || (byte >= '\t' && byte <= '\r') || byte == 0x85 || byte == 0xA0;
}

// Reads the flags in front of the arguments and returns where the arguments begin.
class FlagReader {
 public:
  FlagReader(const MappedText& line, std::size_t at, char escape, std::vector<MappedText>& flags)
      : line_(line), text_(line.text()), at_(at), escape_(escape), flags_(flags) {}

  std::size_t run() {
    while (true) {
      while (at_ < text_.size() && is_flag_space(text_[at_])) ++at_;
      if (at_ >= text_.size() || !text_.substr(at_).starts_with("--")) return at_;
      MappedText word = read_word();
      if (word.text() == "--") return at_;
      if (!word.empty() || quoted_) flags_.push_back(std::move(word));
    }
  }

 private:
  MappedText read_word() {
    MappedText word;
    char quote = '\0';
    quoted_ = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (quote == '\0' && is_flag_space(c)) break;
      if (quote == '\0' && (c == '\'' || c == '"')) {
        quote = c;
        quoted_ = true;
        continue;
      }
      if (quote != '\0' && c == quote) {
        quote = '\0';
        continue;
      }
      if (c == escape_) {
        if (++at_ == text_.size()) break;  // it escapes nothing
        word.append_decoded(text_.substr(at_, 1), line_.slice(at_ - 1, at_ + 1));
      } else {
        word.append(line_.slice(at_, at_ + 1));
      }
    }
    return word;
  }

  const MappedText& line_;
  std::string_view text_;
  std::size_t at_;
  char escape_;
  std::vector<MappedText>& flags_;
  bool quoted_ = false;
};

struct Heredoc {
  std::string name;
  bool strips_tabs = false;
};

// `3<<-EOF`, `<<"EOF"`: a word that is one, or nothing.
Result<std::optional<Heredoc>> parse_heredoc(std::string_view word) {
  const std::size_t digits = std::min(word.find_first_not_of("0123456789"), word.size());
  word.remove_prefix(digits);
  if (!word.starts_with("<<")) return std::nullopt;
  word.remove_prefix(2);
  Heredoc found;
  found.strips_tabs = word.starts_with('-');
  if (found.strips_tabs) word.remove_prefix(1);
  word.remove_prefix(std::min(word.find_first_not_of("\t\n\f\r "), word.size()));
  if (word.empty() || word.find('<') != std::string_view::npos) return std::nullopt;
  const auto words = split_words(word);
  if (!words) return std::unexpected(words.error());
  if (words->size() != 1) return std::nullopt;
  found.name = words->front();
  return found;
}

bool is_json_array(const MappedText& arguments) {
  const std::string_view text = trim_spaces(arguments.text());
  if (!text.starts_with('[')) return false;
  const auto json = base::parse_json(text, "the arguments");
  return json && json->is_array();
}

bool takes_heredocs(const DockerfileLine& line, char escape) {
  if (line.keyword == "onbuild") {
    const DockerfileLine inner = split_dockerfile_line(line.arguments, escape);
    return inner.keyword != "onbuild" && takes_heredocs(inner, escape);
  }
  return (line.keyword == "add" || line.keyword == "copy" || line.keyword == "run") && !is_json_array(line.arguments);
}

class LineReader {
 public:
  LineReader(const MappedText& file, char escape) : file_(file), text_(file.text()), escape_(escape) {}

  DockerfileLines run() {
    while (at_ < text_.size()) {
      Span line = next_line();
      const std::size_t line_begin = line.begin;
      line.begin = after_spaces(line);
      if (line.size() == 0 || text_[line.begin] == '#') continue;
      instruction(line, line_begin);
    }
    return std::move(out_);
  }

 private:
  // The next line of the file, without its line end.
  Span next_line() {
    const std::size_t begin = at_;
    std::size_t end = std::min(text_.find('\n', at_), text_.size());
    at_ = std::min(end + 1, text_.size());
    while (end > begin && text_[end - 1] == '\r') --end;
    return {begin, end};
  }

  [[nodiscard]] std::size_t after_spaces(Span line) const {
    std::size_t at = line.begin;
    while (at < line.end) {
      const std::size_t space = space_at(text_, at);
      if (space == 0) break;
      at = std::min(at + space, line.end);
    }
    return at;
  }

  // Takes an escape character at the line's end away. One that is escaped itself ends nothing.
  bool take_continuation(Span& line) const {
    const std::string_view text = text_.substr(line.begin, line.size());
    const std::size_t last = text.find_last_not_of(" \t");
    if (last == std::string_view::npos || text[last] != escape_) return false;
    if (last > 0 && text[last - 1] == escape_) return false;
    line.end = line.begin + last;
    return true;
  }

  void instruction(Span line, std::size_t line_begin) {
    const Span first{line_begin, line.end};
    std::vector<Span> pieces;
    bool continues = take_continuation(line);
    pieces.push_back(line);
    while (continues && at_ < text_.size()) {
      Span next = next_line();
      const std::size_t content = after_spaces(next);
      if (content == next.end || text_[content] == '#') continue;
      continues = take_continuation(next);
      pieces.push_back(next);
    }
    add(pieces, first);
  }

  // Joining costs a copy with a map, so it is done only where the instruction can matter.
  void add(const std::vector<Span>& pieces, Span first) {
    std::string joined;
    for (const Span& piece : pieces) joined.append(text_.substr(piece.begin, piece.size()));
    const std::string_view trimmed = trim_spaces(joined);
    const std::size_t keyword_end = std::min(trimmed.find_first_of(kBlank), trimmed.size());
    DockerfileLine line;
    line.keyword = base::to_lower(trimmed.substr(0, keyword_end));
    const std::string_view k = line.keyword;
    const bool has_heredoc = joined.find("<<") != std::string::npos;
    const bool has_flags = trimmed.find("--", keyword_end) != std::string_view::npos;
    if (std::ranges::find(kInstructions, k) == kInstructions.end()) {
      fault(first, "unknown instruction: " + base::harmless(trimmed.substr(0, keyword_end), 60));
    } else if (k == "from" || k == "arg" || k == "onbuild" || has_heredoc || has_flags) {
      MappedText text;
      for (const Span& piece : pieces) text.append(file_.slice(piece.begin, piece.end));
      line = split_dockerfile_line(text, escape_);
      if (has_heredoc && takes_heredocs(line, escape_)) skip_heredocs(joined, first);
    }
    line.first_line = first;
    out_.lines.push_back(std::move(line));
  }

  void skip_heredocs(std::string_view joined, Span first) {
    for (const std::string& word : split_raw_words(joined)) {
      const auto heredoc = parse_heredoc(word);
      if (!heredoc) return fault(first, heredoc.error().message);
      if (*heredoc && !skip_heredoc(**heredoc)) {
        return fault(first, "unterminated heredoc: no line is " + base::harmless((*heredoc)->name, 60));
      }
    }
  }

  bool skip_heredoc(const Heredoc& heredoc) {
    while (at_ < text_.size()) {
      const Span line = next_line();
      std::string_view text = text_.substr(line.begin, line.size());
      if (heredoc.strips_tabs) text.remove_prefix(std::min(text.find_first_not_of('\t'), text.size()));
      if (text == heredoc.name) return true;
    }
    return false;
  }

  void fault(Span where, std::string message) {
    if (!out_.fault) out_.fault = DockerfileFault{where, std::move(message)};
  }

  const MappedText& file_;
  std::string_view text_;
  char escape_;
  std::size_t at_ = 0;
  DockerfileLines out_;
};

}  // namespace

DockerfileLine split_dockerfile_line(const MappedText& line, char escape) {
  DockerfileLine out;
  const std::string_view whole = line.text();
  const std::string_view trimmed = trim_spaces(whole);
  const auto begin = static_cast<std::size_t>(trimmed.data() - whole.data());
  MappedText text = trimmed.empty() ? MappedText{} : line.slice(begin, begin + trimmed.size());
  const std::size_t keyword_end = std::min(text.text().find_first_of(kBlank), text.size());
  out.keyword = base::to_lower(text.text().substr(0, keyword_end));
  const std::size_t rest = text.text().find_first_not_of(kBlank, keyword_end);
  if (rest != std::string_view::npos) {
    const std::size_t arguments = FlagReader(text, rest, escape, out.flags).run();
    const std::string_view tail = trim_spaces(text.text().substr(arguments));
    if (!tail.empty()) {
      const auto from = static_cast<std::size_t>(tail.data() - text.text().data());
      out.arguments = text.slice(from, from + tail.size());
    }
  }
  out.text = std::move(text);
  return out;
}

DockerfileLines read_dockerfile_lines(const MappedText& file, const DockerfileDirectives& directives) {
  return LineReader(file, directives.escape).run();
}

}  // namespace lock::collect
