#include "resolver/collect/shell_word.hpp"

#include <algorithm>
#include <utility>

#include "resolver/base/text.hpp"
#include "resolver/collect/shell_pattern.hpp"

namespace lock::collect {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Letters of other scripts are all taken for letters: no name with one can be declared and used differently by that.
bool is_name_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_special_parameter(char c) { return std::string_view("@*#?-$!0").find(c) != std::string_view::npos; }

void add_names(std::vector<std::string>& names, const std::vector<std::string>& more) {
  for (const std::string& name : more) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
}

std::unexpected<Error> refuse(std::string message) { return fail(ErrorKind::malformed, std::move(message)); }

// How one pass over a text differs from another.
struct Mode {
  char escape = '\\';
  bool keep_quotes = false;
  bool keep_escapes = false;
  bool keep_unset = false;  // `$NAME` without a value stays as it is
};

// Collects words while the text goes by. The buffer is one for all nesting levels, as BuildKit has it: a nested `${…}`
// forgets what stood before it in the word.
struct Words {
  std::string* buffer;
  std::vector<std::string> list;
  bool in_word = false;

  void add_raw(std::string_view text) {
    *buffer += text;
    in_word = true;
  }
  void add_space() {
    if (!in_word || buffer->empty()) return;
    list.push_back(std::move(*buffer));
    buffer->clear();
    in_word = false;
  }
  void add(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
      if (const std::size_t space = space_at(text, i)) {
        add_space();
        i += space;
      } else {
        add_raw(text.substr(i++, 1));
      }
    }
  }
  void finish() {
    if (!buffer->empty()) list.push_back(std::move(*buffer));
    buffer->clear();
    in_word = false;
  }
};

class Lexer {
 public:
  Lexer(const MappedText& input, Mode mode, const Variables& variables)
      : input_(input), text_(input.text()), mode_(mode), keep_escapes_(mode.keep_escapes), variables_(variables) {}

  Result<Piece> run() { return until('\0', mode_.keep_escapes); }
  std::vector<std::string> take_words() { return std::move(words_); }

 private:
  // ---- reading
  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[at_]; }
  [[nodiscard]] bool next_is(char c) const { return !at_end() && text_[at_] == c; }

  [[nodiscard]] Piece written(std::size_t begin, std::size_t end) const {
    Piece piece;
    piece.text = input_.slice(begin, end);
    piece.surely_filled = end > begin;
    return piece;
  }

  // An escape and the character behind it, which is what they mean together.
  [[nodiscard]] Piece decoded(std::size_t begin, std::size_t end) const {
    Piece piece;
    piece.text.append_decoded(text_.substr(end - 1, 1), input_.slice(begin, end));
    piece.surely_filled = true;
    return piece;
  }

  // Text within quotes. Where another format's quotes are around all of it, theirs decide how to write.
  [[nodiscard]] Piece quoted(std::size_t begin, std::size_t end, image::Style style) const {
    Piece piece = written(begin, end);
    const auto& segments = piece.text.segments();
    const bool plain = std::ranges::all_of(
        segments, [](const MappedText::Segment& segment) { return segment.origin.style == image::Style::plain; });
    if (plain) piece.text.set_style(style);
    return piece;
  }

  // ---- the grammar; `stop` is a character, or NUL for the end of the text
  Result<Piece> until(char stop, bool keep_escapes) {
    if (++nesting_ > kMostNesting) return fail(ErrorKind::limit, "variables are nested more than 64 deep");
    const bool outer_keep = std::exchange(keep_escapes_, keep_escapes);
    buffer_.clear();
    Words words{&buffer_, {}, false};
    Piece out;
    while (!at_end()) {
      if (stop != '\0' && next_is(stop)) {
        ++at_;
        keep_escapes_ = outer_keep;
        --nesting_;
        words.finish();
        words_ = std::move(words.list);
        return out;
      }
      if (auto step = one(out, words); !step) return std::unexpected(step.error());
      if (out.text.size() > kMostWord) return fail(ErrorKind::limit, "the value is longer than 64 KiB");
    }
    if (stop != '\0') {
      return refuse(std::string("unexpected end of statement while looking for matching ") + stop);
    }
    keep_escapes_ = outer_keep;
    --nesting_;
    words.finish();
    words_ = std::move(words.list);
    return out;
  }

  Result<void> one(Piece& out, Words& words) {
    const char c = peek();
    if (c == '$') {
      auto value = dollar();
      if (!value) return std::unexpected(value.error());
      out.append(*value);
      words.add(value->text.text());
      return {};
    }
    if (c == '\'' || c == '"' || c == '<') {
      auto value = c == '<' ? possible_heredoc() : c == '"' ? double_quote() : single_quote();
      if (!value) return std::unexpected(value.error());
      out.append(*value);
      words.add_raw(value->text.text());
      return {};
    }
    if (c == mode_.escape) {
      escaped(out, words);
      return {};
    }
    plain(out, words);
    return {};
  }

  // A run of characters that mean themselves.
  void plain(Piece& out, Words& words) {
    const std::size_t begin = at_;
    while (!at_end() && std::string_view("$'\"<}/").find(text_[at_]) == std::string_view::npos &&
           text_[at_] != mode_.escape) {
      ++at_;
    }
    if (at_ == begin) ++at_;  // '}' or '/', where it ends nothing
    out.append(written(begin, at_));
    words.add(text_.substr(begin, at_ - begin));
  }

  void escaped(Piece& out, Words& words) {
    if (keep_escapes_) {
      out.append(written(at_, at_ + 1));
      words.add_raw(text_.substr(at_, 1));
    }
    ++at_;
    if (at_end()) return;
    out.append(keep_escapes_ ? written(at_, at_ + 1) : decoded(at_ - 1, at_ + 1));
    words.add_raw(text_.substr(at_, 1));
    ++at_;
  }

  Result<Piece> single_quote() {
    const std::size_t open = at_++;
    const std::size_t close = text_.find('\'', at_);
    if (close == std::string_view::npos) {
      return refuse("unexpected end of statement while looking for matching single-quote");
    }
    at_ = close + 1;
    return mode_.keep_quotes ? written(open, at_) : quoted(open + 1, close, image::Style::single_quoted);
  }

  Result<Piece> double_quote() {
    Piece out;
    if (mode_.keep_quotes) out.append(written(at_, at_ + 1));
    ++at_;
    while (!at_end()) {
      if (out.text.size() > kMostWord) return fail(ErrorKind::limit, "the value is longer than 64 KiB");
      if (next_is('"')) {
        if (mode_.keep_quotes) out.append(written(at_, at_ + 1));
        ++at_;
        return out;
      }
      if (next_is('$')) {
        auto value = dollar();
        if (!value) return value;
        out.append(*value);
        continue;
      }
      std::size_t begin = at_;
      if (next_is(mode_.escape)) {
        const bool takes = at_ + 1 < text_.size() &&
                           (text_[at_ + 1] == '"' || text_[at_ + 1] == '$' || text_[at_ + 1] == mode_.escape);
        if (keep_escapes_) out.append(written(at_, at_ + 1));
        if (takes && !keep_escapes_) {
          out.append(decoded(at_, at_ + 2));
          at_ += 2;
          continue;
        }
        if (takes || at_ + 1 == text_.size()) begin = ++at_;
        if (at_end()) break;
        ++at_;
      } else {
        while (!at_end() && !next_is('"') && !next_is('$') && !next_is(mode_.escape)) ++at_;
      }
      out.append(quoted(begin, at_, image::Style::double_quoted));
    }
    return refuse("unexpected end of statement while looking for matching double-quote");
  }

  // `<<` and the blanks behind it stay together, so that a here-document's name is one word with them.
  Result<Piece> possible_heredoc() {
    const std::size_t begin = at_++;
    if (!next_is('<')) return written(begin, at_);
    ++at_;
    while (next_is(' ') || next_is('\t') || next_is('\r')) ++at_;
    return written(begin, at_);
  }

  std::string_view name() {
    const std::size_t begin = at_;
    if (!at_end() && is_digit(peek())) {
      while (!at_end() && is_digit(peek())) ++at_;
    } else if (!at_end() && is_special_parameter(peek())) {
      ++at_;
    } else {
      while (!at_end() && is_name_character(peek())) ++at_;
    }
    return text_.substr(begin, at_ - begin);
  }

  // ---- variables
  [[nodiscard]] const Piece* find(std::string_view variable) const {
    return variables_ ? variables_(variable) : nullptr;
  }

  Piece value_of(std::string_view variable) const {
    if (const Piece* value = find(variable)) return *value;
    Piece none;
    none.missing.emplace_back(variable);
    return none;
  }

  Result<Piece> dollar() {
    const std::size_t begin = at_++;
    if (!next_is('{')) {
      const std::string_view variable = name();
      if (variable.empty() || (mode_.keep_unset && find(variable) == nullptr)) return written(begin, at_);
      return value_of(variable);
    }
    ++at_;
    if (at_end()) return refuse("missing '}'");
    if (peek() == '{' || peek() == '}' || peek() == ':') return refuse("bad substitution");
    const std::string_view variable = name();
    if (at_end()) return refuse("missing '}'");
    char modifier = text_[at_++];
    if (modifier == '}') {
      if (mode_.keep_unset && find(variable) == nullptr) return written(begin, at_);
      return value_of(variable);
    }
    if (modifier == '/') return replaced(variable, begin);
    const bool colon = modifier == ':';
    if (colon) {
      if (at_end()) return refuse("missing '}'");
      modifier = text_[at_++];
    }
    const bool known_modifier = std::string_view("+-?#%").find(modifier) != std::string_view::npos;
    const bool cuts = modifier == '#' || modifier == '%';
    if ((!colon && !known_modifier) || (colon && cuts)) {
      return refuse("unsupported modifier (" + std::string(colon ? ":" : "") + modifier + ") in substitution");
    }
    return modified(variable, begin, colon, modifier);
  }

  Result<Piece> closing(char stop, bool keep_escapes) {
    auto word = until(stop, keep_escapes);
    if (!word && at_end() && word.error().kind == ErrorKind::malformed) {
      return refuse(std::string("missing '") + stop + "'");
    }
    return word;
  }

  Result<Piece> modified(std::string_view variable, std::size_t begin, bool colon, char modifier) {
    const bool cuts = modifier == '#' || modifier == '%';
    auto word = closing('}', cuts);
    if (!word) return word;
    const Piece* value = find(variable);
    if (mode_.keep_unset && value == nullptr) return written(begin, at_);
    const bool filled = value != nullptr && (value->surely_filled || !value->text.empty());
    const bool undecided = colon && value != nullptr && !filled && !value->unknowable.empty();
    const bool counts = value != nullptr && (!colon || filled);
    switch (modifier) {
      case '-': return counts || undecided ? *value : *word;
      case '+': {
        if (undecided) return *value;
        return counts ? *word : Piece{};
      }
      case '?': {
        if (counts || undecided) return *value;
        const std::string_view otherwise =
            value == nullptr ? "is not allowed to be unset" : "is not allowed to be empty";
        return refuse(std::string(variable) + ": " +
                      base::harmless(word->text.empty() ? otherwise : word->text.text(), 200));
      }
      case '#':
      case '%': return cut(value_of(variable), *word, modifier, begin);
      default: return refuse(std::string("unsupported modifier (:") + modifier + ") in substitution");
    }
  }

  // Names what is not known about the parts of a transformed text.
  Piece transformed(const Piece& value, const Piece& word, std::size_t begin) const {
    Piece out;
    out.missing = value.missing;
    add_names(out.missing, word.missing);
    out.unknowable = value.unknowable;
    add_names(out.unknowable, word.unknowable);
    out.transformed = base::harmless(text_.substr(begin, at_ - begin), 80);
    return out;
  }

  Result<Piece> cut(const Piece& value, const Piece& word, char modifier, std::size_t begin) const {
    Piece out = transformed(value, word, begin);
    std::string_view pattern = word.text.text();
    const bool longest = pattern.starts_with(modifier);
    if (longest) pattern.remove_prefix(1);
    const auto span = modifier == '#' ? match_prefix(pattern, value.text.text(), longest)
                                      : match_suffix(pattern, value.text.text(), longest);
    if (!span) return std::unexpected(span.error());
    out.text = modifier == '#' ? value.text.slice(span->end) : value.text.slice(0, span->begin);
    return out;
  }

  Result<Piece> replaced(std::string_view variable, std::size_t begin) {
    const bool every = next_is('/');
    if (every) ++at_;
    auto pattern = closing('/', true);
    if (!pattern) return pattern;
    auto by = closing('}', true);
    if (!by) return by;
    if (mode_.keep_unset && find(variable) == nullptr) return written(begin, at_);
    const Piece value = value_of(variable);
    const auto spans = match_anywhere(pattern->text.text(), value.text.text(), every);
    if (!spans) return std::unexpected(spans.error());
    if (every && !spans->empty() && by->text.text().find('$') != std::string_view::npos) {
      return refuse("'$' in the text of a ${NAME//pattern/text} is not supported");
    }
    Piece out = transformed(value, *pattern, begin);
    add_names(out.missing, by->missing);
    add_names(out.unknowable, by->unknowable);
    std::size_t from = 0;
    for (const Span& span : *spans) {
      out.text.append(value.text.slice(from, span.begin));
      out.text.append(by->text);
      from = span.end;
      if (out.text.size() > kMostWord) return fail(ErrorKind::limit, "the value is longer than 64 KiB");
    }
    out.text.append(value.text.slice(from));
    return out;
  }

  const MappedText& input_;
  std::string_view text_;
  Mode mode_;
  bool keep_escapes_;
  const Variables& variables_;
  std::size_t at_ = 0;
  int nesting_ = 0;
  std::string buffer_;
  std::vector<std::string> words_;
};

Result<std::vector<std::string>> words_of(std::string_view text, Mode mode) {
  const MappedText input = MappedText::synthesised(text);
  const Variables none;
  Lexer lexer(input, mode, none);
  if (auto done = lexer.run(); !done) return std::unexpected(done.error());
  return lexer.take_words();
}

}  // namespace

void Piece::append(const Piece& other) {
  text.append(other.text);
  add_names(missing, other.missing);
  add_names(unknowable, other.unknowable);
  surely_filled = surely_filled || other.surely_filled;
  if (transformed.empty()) transformed = other.transformed;
}

Result<Piece> expand_word(const MappedText& word, char escape, const Variables& variables) {
  return Lexer(word, {escape, false, false, false}, variables).run();
}

std::vector<std::string> split_raw_words(std::string_view text) {
  return words_of(text, {'\\', true, true, true}).value_or(std::vector<std::string>{});
}

Result<std::vector<std::string>> split_words(std::string_view text) {
  return words_of(text, {'\\', false, false, true});
}

Result<std::vector<std::string>> split_quoted_words(std::string_view text) {
  return words_of(text, {'\\', true, false, true});
}

std::size_t space_at(std::string_view text, std::size_t at) {
  if (at >= text.size()) return 0;
  const auto c = static_cast<unsigned char>(text[at]);
  if (c == ' ' || (c >= '\t' && c <= '\r')) return 1;
  if (c < 0x80) return 0;
  constexpr std::string_view kWide[] = {"\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
                                        "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a",
                                        "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};
  for (const std::string_view space : kWide) {
    if (text.substr(at).starts_with(space)) return space.size();
  }
  return 0;
}

std::string_view trim_spaces(std::string_view text) {
  std::size_t begin = 0;
  while (const std::size_t space = space_at(text, begin)) begin += space;
  text.remove_prefix(begin);
  std::size_t end = text.size();
  while (end > 0) {
    std::size_t start = end - 1;
    while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xC0U) == 0x80U) --start;
    if (space_at(text, start) != end - start) break;
    end = start;
  }
  return text.substr(0, end);
}

}  // namespace lock::collect
