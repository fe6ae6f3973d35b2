#include "resolver/collect/interpolation.hpp"

namespace lock::collect {
namespace {

constexpr int kMostNesting = 20;
constexpr std::size_t kMostBytes = std::size_t{1} << 20;  // of a value: variables that repeat others grow fast

bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool continues_name(char c) { return begins_name(c) || (c >= '0' && c <= '9'); }

std::size_t end_of_name(std::string_view text, std::size_t at) {
  while (at < text.size() && continues_name(text[at])) ++at;
  return at;
}

// The end of `${…}` that begins at `at`, with the braces of nested ones; npos when it is not closed.
std::size_t end_of_braces(std::string_view text, std::size_t at) {
  int depth = 0;
  for (std::size_t i = at; i < text.size(); ++i) {
    if (text.substr(i, 2) == "${") {
      ++depth;
      ++i;
    } else if (text[i] == '}' && --depth == 0) {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

class Interpolation {
 public:
  explicit Interpolation(const ComposeVariables& variables) : variables_(variables) {}

  MappedText replace(const MappedText& from, int nesting) {
    const std::string_view text = from.text();
    MappedText out;
    std::size_t at = 0;
    while (at < text.size()) {
      const std::size_t dollar = std::min(text.find('$', at), text.size());
      out.append(from.slice(at, dollar));
      if (dollar == text.size()) break;
      at = replace_one(from, dollar, nesting, out);
    }
    return out;
  }

  std::vector<std::string> unknown;

 private:
  // The expression at `dollar`. Returns its end.
  std::size_t replace_one(const MappedText& from, std::size_t dollar, int nesting, MappedText& out) {
    const std::string_view text = from.text();
    if (text.substr(dollar, 2) == "$$") {
      out.append_decoded("$", from.slice(dollar, dollar + 2));
      return dollar + 2;
    }
    const bool braced = text.substr(dollar, 2) == "${";
    const std::size_t begin = dollar + (braced ? 2 : 1);
    const std::size_t end = end_of_name(text, begin);
    const std::size_t close = braced ? end_of_braces(text, dollar) : end;
    if (begin >= text.size() || !begins_name(text[begin]) || close == std::string_view::npos) {
      const std::size_t stop = close == std::string_view::npos || close <= dollar ? text.size() : close;
      return leave(from, dollar, braced ? stop : std::min(dollar + 1, text.size()), out);
    }
    const MappedText* value = variables_(text.substr(begin, end - begin));
    if (!braced || end + 1 == close) {
      if (value == nullptr) return leave(from, dollar, close, out);
      append(*value, out);
      return close;
    }
    return replace_with_operator(from, {dollar, close}, end, value, nesting, out);
  }

  std::size_t replace_with_operator(const MappedText& from, Span all, std::size_t at, const MappedText* value,
                                    int nesting, MappedText& out) {
    const std::string_view text = from.text();
    const bool colon = text[at] == ':';
    const std::size_t sign = at + (colon ? 1 : 0);
    const char kind = sign < text.size() ? text[sign] : ' ';
    const bool is_set = value != nullptr && !(colon && value->empty());
    const MappedText word = from.slice(sign + 1, all.end - 1);
    if ((kind != '-' && kind != '?' && kind != '+') || nesting >= kMostNesting) {
      return leave(from, all.begin, all.end, out);
    }
    if (kind == '+') {
      if (is_set) append(replace(word, nesting + 1), out);
    } else if (is_set) {
      append(*value, out);
    } else if (kind == '-') {
      append(replace(word, nesting + 1), out);
    } else {
      return leave(from, all.begin, all.end, out);
    }
    return all.end;
  }

  void append(const MappedText& text, MappedText& out) {
    if (out.size() + text.size() > kMostBytes) {
      unknown.emplace_back("a value of more than 1 MiB");
      return;
    }
    out.append(text);
  }

  std::size_t leave(const MappedText& from, std::size_t begin, std::size_t end, MappedText& out) {
    const MappedText written = from.slice(begin, end);
    unknown.emplace_back(written.text());
    out.append(written);
    return end;
  }

  const ComposeVariables& variables_;
};

}  // namespace

Interpolated interpolate(const MappedText& text, const ComposeVariables& variables) {
  Interpolation interpolation(variables);
  Interpolated made;
  made.text = interpolation.replace(text, 0);
  made.unknown = std::move(interpolation.unknown);
  return made;
}

}  // namespace lock::collect
