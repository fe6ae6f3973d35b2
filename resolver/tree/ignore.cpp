// A pattern becomes a short list of steps, and a path is run through all of them at once: the set of steps that the
// bytes so far may have reached is carried along. No step is ever taken back, so a pattern of many stars costs what
// its length says and no more.
//
// Two habits of git are kept although its manual does not tell them. What stands before the first of `* ? [ \` is
// compared first and the rest is a pattern of its own, so that `foo**/bar` matches across folders as `**/bar` does.
// And a `[` that is never closed, an unknown `[:class:]` or a backslash at the end make a pattern that matches nothing.
#include "resolver/tree/ignore.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lock::tree {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_special(char c) { return c == '*' || c == '?' || c == '[' || c == '\\'; }

// Blanks at the end do not count, unless a backslash stands before them. A backslash at the very end is left alone.
std::string_view without_trailing_blanks(std::string_view line) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      if (++i == line.size()) return line;
      end = i + 1;
    } else if (line[i] != ' ') {
      end = i + 1;
    }
  }
  return line.substr(0, end);
}

// The POSIX classes over ASCII, whatever the locale.
std::optional<bool> in_class(std::string_view name, unsigned char c) {
  const bool upper = c >= 'A' && c <= 'Z';
  const bool lower = c >= 'a' && c <= 'z';
  const bool digit = c >= '0' && c <= '9';
  const bool graph = c > ' ' && c < 127;
  if (name == "alnum") return upper || lower || digit;
  if (name == "alpha") return upper || lower;
  if (name == "blank") return c == ' ' || c == '\t';
  if (name == "cntrl") return c < ' ' || c == 127;
  if (name == "digit") return digit;
  if (name == "graph") return graph;
  if (name == "lower") return lower;
  if (name == "print") return graph || c == ' ';
  if (name == "punct") return graph && !upper && !lower && !digit;
  if (name == "space") return c == ' ' || (c >= '\t' && c <= '\r');
  if (name == "upper") return upper;
  if (name == "xdigit") return digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  return std::nullopt;
}

}  // namespace

std::optional<IgnorePattern> IgnorePattern::parse(std::string_view line) {
  if (line.empty() || line.front() == '#') return std::nullopt;
  line = without_trailing_blanks(line);
  IgnorePattern pattern;
  if (line.starts_with('!')) {
    pattern.negative_ = true;
    line.remove_prefix(1);
  }
  if (line.ends_with('/')) {
    pattern.folders_only_ = true;
    line.remove_suffix(1);
  }
  if (line.empty()) return std::nullopt;
  pattern.name_only_ = line.find('/') == std::string_view::npos;
  if (line.starts_with('/')) line.remove_prefix(1);
  const auto special = std::ranges::find_if(line, is_special);
  const auto length = static_cast<std::size_t>(special - line.begin());
  pattern.prefix_ = line.substr(0, length);
  pattern.compile(line.substr(length));
  return pattern;
}

void IgnorePattern::compile(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    switch (text[at]) {
      case '*': at = compile_stars(text, at); break;
      case '[': at = compile_set(text, at); break;
      case '?':
        steps_.push_back({.take = Take::any});
        ++at;
        break;
      case '\\':
        if (++at == text.size()) {
          steps_.push_back({.take = Take::never});
          break;
        }
        [[fallthrough]];
      default: steps_.push_back({.take = Take::byte, .byte = static_cast<unsigned char>(text[at++])});
    }
  }
}

// Two and more stars cross folders when they fill a whole segment; otherwise they are one star.
std::size_t IgnorePattern::compile_stars(std::string_view text, std::size_t at) {
  const std::size_t begin = at;
  while (at < text.size() && text[at] == '*') ++at;
  const std::string_view rest = text.substr(at);
  const bool begins_segment = begin == 0 || text[begin - 1] == '/';
  const bool ends_segment = rest.empty() || rest.starts_with('/') || rest.starts_with("\\/");
  if (at - begin < 2 || !begins_segment || !ends_segment) {
    steps_.push_back({.take = Take::star});
    return at;
  }
  if (rest.starts_with('/')) {
    steps_.push_back({.take = Take::folders});
    return at + 1;
  }
  steps_.push_back({.take = Take::stars});
  return at;
}

std::size_t IgnorePattern::compile_set(std::string_view text, std::size_t at) {
  const auto malformed = [&] {
    steps_.push_back({.take = Take::never});
    return text.size();
  };
  std::bitset<256> set;
  const auto byte_at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  ++at;
  const bool inverted = at < text.size() && (text[at] == '!' || text[at] == '^');
  if (inverted) ++at;
  std::optional<unsigned char> previous;  // what a range may start with
  for (bool first = true; at >= text.size() || text[at] != ']' || first; first = false) {
    if (at >= text.size()) return malformed();
    if (text[at] == '-' && previous && at + 1 < text.size() && text[at + 1] != ']') {
      ++at;
      if (text[at] == '\\' && ++at == text.size()) return malformed();
      for (unsigned c = *previous; c <= byte_at(at); ++c) set.set(c);
      previous.reset();
      ++at;
    } else if (text[at] == '[' && at + 1 < text.size() && text[at + 1] == ':') {
      const auto close = text.find(']', at + 2);
      if (close == std::string_view::npos) return malformed();
      if (close == at + 2 || text[close - 1] != ':') {  // no class after all: the bracket stands for itself
        set.set('[');
        previous = '[';
        ++at;
        continue;
      }
      const auto name = text.substr(at + 2, close - 1 - (at + 2));
      for (unsigned c = 0; c < 256; ++c) {
        const auto inside = in_class(name, static_cast<unsigned char>(c));
        if (!inside) return malformed();
        if (*inside) set.set(c);
      }
      previous.reset();
      at = close + 1;
    } else {
      if (text[at] == '\\' && ++at == text.size()) return malformed();
      set.set(byte_at(at));
      previous = byte_at(at);
      ++at;
    }
  }
  if (inverted) set.flip();
  set.reset('/');
  steps_.push_back({.take = Take::set, .set = static_cast<std::uint32_t>(sets_.size())});
  sets_.push_back(set);
  return at + 1;
}

bool IgnorePattern::matches(std::string_view path, bool is_folder) const {
  if (folders_only_ && !is_folder) return false;
  if (name_only_) path = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  if (!path.starts_with(prefix_)) return false;
  path.remove_prefix(prefix_.size());
  return steps_.empty() ? path.empty() : run(path);
}

bool IgnorePattern::takes(const Step& step, unsigned char byte) const {
  switch (step.take) {
    case Take::byte: return byte == step.byte;
    case Take::any:
    case Take::star: return byte != '/';
    case Take::set: return sets_[step.set].test(byte);
    case Take::stars:
    case Take::folders: return true;
    case Take::never: return false;
  }
  std::unreachable();
}

bool IgnorePattern::run(std::string_view text) const {
  std::vector<char> here(steps_.size() + 1);
  std::vector<char> next(steps_.size() + 1);
  // Steps that may match nothing are entered together with what follows them.
  const auto enter = [&](std::vector<char>& states, std::size_t state) {
    for (;; ++state) {
      states[state] = 1;
      if (state == steps_.size()) return;
      const Take take = steps_[state].take;
      if (take != Take::star && take != Take::stars && take != Take::folders) return;
    }
  };
  enter(here, 0);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    std::ranges::fill(next, 0);
    bool any = false;
    for (std::size_t state = 0; state < steps_.size(); ++state) {
      if (here[state] == 0 || !takes(steps_[state], byte)) continue;
      any = true;
      switch (steps_[state].take) {
        case Take::star:
        case Take::stars: enter(next, state); break;
        case Take::folders:
          next[state] = 1;  // inside a folder's name: only a slash leads on
          if (byte == '/') enter(next, state + 1);
          break;
        default: enter(next, state + 1);
      }
    }
    if (!any) return false;
    std::swap(here, next);
  }
  return here[steps_.size()] != 0;
}

IgnoreFile::IgnoreFile(std::string folder, std::string_view contents) : folder_(std::move(folder)) {
  if (contents.starts_with(byte_order_mark)) contents.remove_prefix(byte_order_mark.size());
  while (!contents.empty()) {
    const auto end = std::min(contents.find('\n'), contents.size());
    std::string_view line = contents.substr(0, end);
    contents.remove_prefix(std::min(end + 1, contents.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (auto pattern = IgnorePattern::parse(line)) patterns_.push_back(std::move(*pattern));
  }
}

std::optional<bool> IgnoreFile::decide(std::string_view path, bool is_folder) const {
  if (!folder_.empty()) {
    if (path.size() <= folder_.size() || !path.starts_with(folder_) || path[folder_.size()] != '/') return std::nullopt;
    path.remove_prefix(folder_.size() + 1);
  }
  for (auto pattern = patterns_.rbegin(); pattern != patterns_.rend(); ++pattern) {
    if (pattern->matches(path, is_folder)) return !pattern->negative();
  }
  return std::nullopt;
}

bool is_ignored(const IgnoreChain* chain, std::string_view path, bool is_folder) {
  for (; chain != nullptr; chain = chain->outer.get()) {
    if (const auto decision = chain->file.decide(path, is_folder)) return *decision;
  }
  return false;
}

}  // namespace lock::tree
