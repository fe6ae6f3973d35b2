#include "resolver/collect/hcl.hpp"

#include <algorithm>

#include "resolver/base/text.hpp"

namespace lock::collect {
namespace {

constexpr int kMostDepth = 32;

bool is_identifier(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

class Reader {
 public:
  explicit Reader(const MappedText& input) : input_(input), text_(input.text()) {}

  Result<HclBlock> file() {
    HclBlock root;
    if (auto done = body(root, '\0', 0); !done) return std::unexpected(done.error());
    return root;
  }

 private:
  [[nodiscard]] std::unexpected<Error> refuse(std::string message) const {
    const auto origin = input_.origin_at(std::min(at_, text_.size()));
    if (!origin) return fail(ErrorKind::malformed, std::move(message));
    const Span span{origin->bytes.begin, std::min(origin->bytes.begin + 1, origin->source->bytes().size())};
    return fail_at(ErrorKind::malformed, origin->source->lines().place(origin->source->path(), span),
                   std::move(message));
  }

  [[nodiscard]] bool next_is(std::string_view what) const { return text_.substr(at_).starts_with(what); }

  // Blanks and comments, and line ends where they mean nothing.
  void skip(bool lines) {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ' ' || c == '\t' || c == '\r' || (lines && c == '\n')) {
        ++at_;
      } else if (c == '#' || next_is("//")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (next_is("/*")) {
        const std::size_t end = text_.find("*/", at_ + 2);
        at_ = end == std::string_view::npos ? text_.size() : end + 2;
      } else {
        return;
      }
    }
  }

  std::string identifier() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_identifier(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  Result<void> body(HclBlock& block, char close, int depth) {
    if (depth > kMostDepth) return refuse("blocks are nested too deep");
    while (true) {
      skip(true);
      if (at_ >= text_.size()) {
        if (close != '\0') return refuse("a block that no '}' ends");
        return {};
      }
      if (close != '\0' && text_[at_] == close) {
        ++at_;
        return {};
      }
      const std::string name = identifier();
      if (name.empty()) return refuse("expected the name of an attribute or a block");
      skip(false);
      if (next_is("=") && !next_is("==")) {
        ++at_;
        auto value = expression(depth + 1);
        if (!value) return std::unexpected(value.error());
        block.attributes.push_back({name, std::move(*value)});
        continue;
      }
      HclBlock inner;
      inner.type = name;
      if (auto labels = read_labels(inner); !labels) return labels;
      if (auto done = body(inner, '}', depth + 1); !done) return done;
      block.blocks.push_back(std::move(inner));
    }
  }

  Result<void> read_labels(HclBlock& block) {
    while (true) {
      skip(false);
      if (next_is("{")) {
        ++at_;
        return {};
      }
      if (next_is("\"")) {
        auto label = string();
        if (!label) return std::unexpected(label.error());
        block.labels.emplace_back(label->text());
        continue;
      }
      std::string label = identifier();
      if (label.empty()) return refuse("expected '=', a label or '{'");
      block.labels.push_back(std::move(label));
    }
  }

  // A string, here-document or object that is the whole expression; anything else is `other`.
  Result<HclValue> expression(int depth) {
    if (depth > kMostDepth) return refuse("values are nested too deep");
    skip(false);
    HclValue value;
    if (next_is("\"") || next_is("<<")) {
      auto text = next_is("\"") ? string() : heredoc();
      if (!text) return std::unexpected(text.error());
      value.kind = HclValue::Kind::string;
      value.text = std::move(*text);
    } else if (next_is("{")) {
      const std::size_t begin = at_;
      auto members = object(depth);
      if (members) {
        value.kind = HclValue::Kind::object;
        value.members = std::move(*members);
      } else {
        at_ = begin;  // `{ for … }`
      }
    }
    skip(false);
    const bool whole = value.kind != HclValue::Kind::other && (at_ >= text_.size() || ends_expression(text_[at_]));
    if (whole) return value;
    if (auto passed = pass_over(); !passed) return std::unexpected(passed.error());
    return HclValue{};
  }

  static bool ends_expression(char c) { return c == '\n' || c == ',' || c == '}' || c == ']' || c == ')'; }

  // To the end of an expression that is not understood.
  Result<void> pass_over() {
    std::string open;
    while (at_ < text_.size()) {
      skip(!open.empty());
      if (at_ >= text_.size()) break;
      const char c = text_[at_];
      if (c == '"' || next_is("<<")) {
        auto text = c == '"' ? string() : heredoc();
        if (!text) return std::unexpected(text.error());
      } else if (c == '(' || c == '[' || c == '{') {
        open += c;
        if (open.size() > 200) return refuse("brackets are nested too deep");
        ++at_;
      } else if (open.empty() && ends_expression(c)) {
        return {};
      } else if (c == ')' || c == ']' || c == '}') {
        const char wanted = c == ')' ? '(' : c == ']' ? '[' : '{';
        if (open.back() != wanted) return refuse("a closing bracket without its opening one");
        open.pop_back();
        ++at_;
      } else {
        ++at_;
      }
    }
    if (!open.empty()) return refuse("a bracket that nothing closes");
    return {};
  }

  Result<std::vector<HclAttribute>> object(int depth) {
    std::vector<HclAttribute> members;
    ++at_;
    while (true) {
      skip(true);
      if (next_is("}")) {
        ++at_;
        return members;
      }
      std::string name;
      if (next_is("\"")) {
        auto text = string();
        if (!text) return std::unexpected(text.error());
        name = std::string(text->text());
      } else {
        name = identifier();
      }
      skip(false);
      if (name.empty() || (!next_is("=") && !next_is(":"))) return refuse("expected a name and '=' in an object");
      ++at_;
      auto value = expression(depth + 1);
      if (!value) return std::unexpected(value.error());
      members.push_back({std::move(name), std::move(*value)});
      skip(false);
      if (next_is(",")) ++at_;
    }
  }

  // A quoted template. Quotes inside of ${…} do not end it.
  Result<MappedText> string() {
    const std::size_t open = at_++;
    MappedText out = input_.slice(open + 1, open + 1);
    int nesting = 0;
    bool quoted = false;  // inside of ${…}
    while (at_ < text_.size() && text_[at_] != '\n') {
      const char c = text_[at_];
      if (nesting == 0 && c == '"') {
        ++at_;
        out.set_style(image::Style::double_quoted);
        return out;
      }
      if (c == '\\' && at_ + 1 < text_.size()) {
        escape(out);
        continue;
      }
      if (nesting > 0 && c == '"') quoted = !quoted;
      const bool opens = next_is("${") && !(at_ > open + 1 && text_[at_ - 1] == '$');
      if (opens) {
        ++nesting;
        out.append(input_.slice(at_, at_ + 1));
        ++at_;
      } else if (nesting > 0 && !quoted && c == '{') {
        ++nesting;
      } else if (nesting > 0 && !quoted && c == '}') {
        --nesting;
      }
      out.append(input_.slice(at_, at_ + 1));
      ++at_;
    }
    at_ = open;
    return refuse("a string that no '\"' ends");
  }

  void escape(MappedText& out) {
    constexpr std::string_view kNames = "nrt\"\\";
    constexpr std::string_view kMeanings = "\n\r\t\"\\";
    const std::size_t which = kNames.find(text_[at_ + 1]);
    if (which == std::string_view::npos) {
      out.append(input_.slice(at_, at_ + 2));  // \uNNNN: no reference has one
    } else {
      out.append_decoded(kMeanings.substr(which, 1), input_.slice(at_, at_ + 2));
    }
    at_ += 2;
  }

  // `<<EOT`, `<<-EOT`: whole lines. The blanks that `<<-` takes away do not matter to who reads a Dockerfile.
  Result<MappedText> heredoc() {
    const std::size_t open = at_;
    at_ += next_is("<<-") ? 3 : 2;
    const std::string name = identifier();
    const std::size_t begin = text_.find('\n', at_);
    if (name.empty() || begin == std::string_view::npos) return refuse("expected a word and a line end after '<<'");
    for (std::size_t line = begin + 1; line < text_.size();) {
      const std::size_t end = std::min(text_.find('\n', line), text_.size());
      if (base::trim(text_.substr(line, end - line)) == name) {
        at_ = end;
        return input_.slice(begin + 1, line);
      }
      line = end + 1;
    }
    at_ = open;
    return refuse("a here-document that no line ends");
  }

  const MappedText& input_;
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

const HclValue* HclBlock::find(std::string_view name) const {
  const auto found = std::ranges::find(attributes, name, &HclAttribute::name);
  return found == attributes.end() ? nullptr : &found->value;
}

Result<HclBlock> read_hcl(const MappedText& text) { return Reader(text).file(); }

}  // namespace lock::collect
