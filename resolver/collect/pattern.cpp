// RE2 reads a text once, in time linear in it: at about a nanosecond a byte by its automaton, and at about three a byte
// and instruction where a hostile pattern is too much for that. It may do so for every match anew, up to the end of the
// file. So the product of file and pattern is bounded before, and the processor's time between matches; what is over
// a bound is a problem of the file, and none of its matches is passed over in silence.
#include "resolver/collect/pattern.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <map>
#include <optional>

#include "resolver/base/text.hpp"
#include "resolver/collect/found.hpp"
#include "resolver/collect/tree_limits.hpp"

namespace lock::collect {
namespace {

constexpr std::size_t kMostPattern = 2048;
constexpr int kMostProgram = 2000;
constexpr int kMostGroups = 16;
constexpr std::size_t kMostMatches = 10'000;
constexpr std::size_t kMostMatch = std::size_t{64} << 10;
constexpr std::size_t kMostWork = 1'000'000'000;  // bytes of a file times instructions: three seconds at the worst
constexpr double kMostSeconds = 2;                // of this thread's processor time, for all matches of a file

constexpr std::string_view kFlag = "(?m)";
constexpr std::size_t kAround = 256;  // bytes around a match that decide whether it still matches with a digest
constexpr std::string_view kSomeDigest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

constexpr auto kNames = std::to_array<std::string_view>({"digest", "image", "tag"});

struct Opening {
  std::string_view text;
  std::string_view hint;
};
constexpr std::string_view kNoLookAround = "RE2 has no look-around: match what stands around the image as well";
constexpr auto kForeign = std::to_array<Opening>({
    {"(?<=", kNoLookAround},
    {"(?<!", kNoLookAround},
    {"(?=", kNoLookAround},
    {"(?!", kNoLookAround},
    {"(?<", "a named group is written (?P<image>…)"},
});

// Behind a class of characters that begins at `at`.
std::size_t behind_class(std::string_view text, std::size_t at) {
  at += text.substr(at).starts_with("[^") ? 2 : 1;
  for (bool first = true; at < text.size(); first = false) {
    if (text[at] == ']' && !first) return at + 1;
    const std::size_t name = text.substr(at).starts_with("[:") ? text.find(":]", at) : text.npos;
    at = name != text.npos ? name + 2 : at + (text[at] == '\\' ? 2 : 1);
  }
  return text.size();
}

// The first group that other engines have. Newer versions of RE2 read one of them, and name the others in other words;
// what images.toml means must not depend on that.
const Opening* foreign_group(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("\\Q")) {
      const std::size_t end = rest.find("\\E");
      at = end == rest.npos ? text.size() : at + end + 2;
    } else if (rest.front() == '\\') {
      at += 2;
    } else if (rest.front() == '[') {
      at = behind_class(text, at);
    } else {
      const auto found =
          std::ranges::find_if(kForeign, [rest](const Opening& one) { return rest.starts_with(one.text); });
      if (found != kForeign.end()) return &*found;
      ++at;
    }
  }
  return nullptr;
}

std::string hint_for(RE2::ErrorCode code) {
  if (code == RE2::ErrorBadEscape) return "RE2 has no back references; a literal backslash is \\\\";
  if (code == RE2::ErrorPatternTooLarge || code == RE2::ErrorRepeatSize) return "repeat less: * and + cost nothing";
  return "the syntax is RE2's, https://github.com/google/re2/wiki/Syntax";
}

std::unexpected<Error> refuse(std::string message, std::string hint = {}) {
  return fail(ErrorKind::configuration, std::move(message), std::move(hint));
}

// RE2's message, without the flag that we put before the pattern.
std::string without_flag(std::string message) {
  if (const std::size_t at = message.find(kFlag); at != message.npos) message.erase(at, kFlag.size());
  return base::harmless(message, 200);
}

using Match = std::array<re2::StringPiece, kMostGroups + 1>;

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// The matches of one file, from the first to the last.
class Search {
 public:
  Search(const RE2& expression, std::string_view text) : expression_(expression), text_(text.data(), text.size()) {}

  [[nodiscard]] bool next() {
    if (at_ > text_.size() || is_late()) return false;
    const int groups = expression_.NumberOfCapturingGroups() + 1;
    if (!expression_.Match(text_, at_, text_.size(), RE2::UNANCHORED, match_.data(), groups)) return false;
    const Span span = span_of(0);
    at_ = std::max(span.end, span.begin + 1);
    return true;
  }

  [[nodiscard]] bool is_late() const { return processor_seconds() - begin_ > kMostSeconds; }
  [[nodiscard]] Span span_of(int group) const {
    const re2::StringPiece& piece = match_[static_cast<std::size_t>(group)];
    const auto begin = static_cast<std::size_t>(piece.data() - text_.data());
    return {begin, begin + piece.size()};
  }
  // Without blanks around it: `.+` reaches the CR of a line end. Nothing for a group that is not in the match.
  [[nodiscard]] std::optional<Span> trimmed(int group) const {
    if (group == 0 || match_[static_cast<std::size_t>(group)].data() == nullptr) return std::nullopt;
    const Span span = span_of(group);
    const std::string_view whole(text_.data(), text_.size());
    const std::string_view kept = base::trim(whole.substr(span.begin, span.size()));
    if (kept.empty()) return Span{span.begin, span.begin};
    const auto begin = static_cast<std::size_t>(kept.data() - text_.data());
    return Span{begin, begin + kept.size()};
  }

 private:
  const RE2& expression_;
  re2::StringPiece text_;
  Match match_;
  std::size_t at_ = 0;
  double begin_ = processor_seconds();
};

// Whether the pattern still finds the reference of a match when a digest stands at `at`.
bool leaves_room(const RE2& expression, std::string_view text, Span match, std::size_t at, std::string_view separator) {
  const std::size_t begin = match.begin - std::min(match.begin, kAround);
  const std::size_t end = std::min(text.size(), match.end + kAround);
  std::string tried(text.substr(begin, at - begin));
  tried.append(separator).append(kSomeDigest).append(text.substr(at, end - at));
  Match groups;
  const int count = expression.NumberOfCapturingGroups() + 1;
  if (!expression.Match(tried, match.begin - begin, tried.size(), RE2::ANCHOR_START, groups.data(), count))
    return false;
  return std::ranges::any_of(expression.NamedCapturingGroups(), [&groups](const auto& named) {
    const re2::StringPiece& piece = groups[static_cast<std::size_t>(named.second)];
    return std::string_view(piece.data(), piece.size()).find(kSomeDigest) != std::string_view::npos;
  });
}

// `name:tag` where that stands together is one text; parts that stand apart are joined by what nobody wrote.
class Joining {
 public:
  Joining(const MappedText& whole, Span image)
      : whole_(whole), text_(whole.slice(image.begin, image.end)), end_(image.end) {}

  void add(char separator, Span part) {
    const std::string_view all = whole_.text();
    if (part.begin == end_ + 1 && end_ < all.size() && all[end_] == separator) {
      text_.append(whole_.slice(end_, part.end));
    } else {
      text_.append_synthesised(std::string_view(&separator, 1));
      text_.append(whole_.slice(part.begin, part.end));
    }
    end_ = part.end;
  }

  [[nodiscard]] std::size_t end() const { return end_; }
  [[nodiscard]] MappedText take() { return std::move(text_); }

 private:
  const MappedText& whole_;
  MappedText text_;
  std::size_t end_;
};

void report(const SourceText& source, Span where, bool declared, std::string message, std::string hint,
            image::Collected& out) {
  using Severity = image::Problem::Severity;
  out.problems.push_back(problem_at(source, where, declared ? Severity::undetermined : Severity::warning,
                                    "unreadable-file", std::move(message), std::move(hint)));
}

struct Rule {
  const RE2& expression;
  const std::string& name;
  int tag;  // of groups; 0: none
  int digest;
};

void add_match(const Rule& rule, const Search& search, Span image, const MappedText& whole, image::Collected& out) {
  Joining joining(whole, image);
  const auto tag = search.trimmed(rule.tag);
  const auto digest = search.trimmed(rule.digest);
  if (tag && tag->size() != 0) joining.add(':', *tag);
  Found found;
  if (digest && digest->size() != 0) {
    joining.add('@', *digest);
  } else if (digest && joining.end() != digest->begin) {
    found.digest_place = whole.origin_at(digest->begin);
    if (found.digest_place) found.digest_place->bytes.end = found.digest_place->bytes.begin;
  }
  const std::size_t end = joining.end();
  found.value = joining.take();
  const auto parts = image::split_reference(found.value.text());
  if (parts && !parts->digest && !found.digest_place &&
      !leaves_room(rule.expression, whole.text(), search.span_of(0), end, parts->tag ? "@" : ":latest@")) {
    found.not_editable = "the pattern of " + rule.name + " leaves no room for a digest";
  }
  found.written = found.value;
  found.format = "pattern";
  found.path = rule.name;
  add_found(std::move(found), out);
}

}  // namespace

Result<Pattern> Pattern::compile(std::string_view text, std::string rule) {
  if (text.size() > kMostPattern) {
    return refuse("the pattern has " + std::to_string(text.size()) + " bytes, at most " + std::to_string(kMostPattern) +
                  " are read");
  }
  if (const Opening* foreign = foreign_group(text)) {
    return refuse("not a pattern of RE2: invalid perl operator: " + std::string(foreign->text),
                  std::string(foreign->hint));
  }
  RE2::Options options;
  options.set_log_errors(false);
  auto expression = std::make_shared<RE2>(std::string(kFlag) + std::string(text), options);
  if (!expression->ok()) {
    return refuse("not a pattern of RE2: " + without_flag(expression->error()), hint_for(expression->error_code()));
  }
  if (expression->ProgramSize() > kMostProgram) {
    return refuse("the pattern is too large when its repetitions are written out", hint_for(RE2::ErrorPatternTooLarge));
  }
  if (expression->NumberOfCapturingGroups() > kMostGroups) {
    return refuse("the pattern has " + std::to_string(expression->NumberOfCapturingGroups()) + " groups, at most " +
                      std::to_string(kMostGroups) + " are read",
                  "a group that names nothing is written (?:…)");
  }
  const auto& named = expression->NamedCapturingGroups();
  for (const auto& [name, number] : named) {
    if (std::ranges::find(kNames, name) != kNames.end()) continue;
    const auto near = base::near_name(name, kNames);
    return refuse("unknown group '" + base::harmless(name, 80) + "' in the pattern",
                  near ? "did you mean '" + *near + "'?" : "expected image, tag or digest");
  }
  if (expression->CapturingGroupNames().size() != named.size()) {
    return refuse("two groups of the pattern have one name", "write a [[collect]] for each");
  }
  if (!named.contains("image")) {
    return refuse("the pattern has no group named `image`", "write (?P<image>…) around the image");
  }
  const auto group = [&named](const char* name) {
    const auto at = named.find(name);
    return at == named.end() ? 0 : at->second;
  };
  Pattern pattern;
  pattern.groups_ = {group("image"), group("tag"), group("digest")};
  pattern.expression_ = std::move(expression);
  pattern.rule_ = std::move(rule);
  return pattern;
}

std::size_t Pattern::collect(const SourceText& source, bool declared, image::Collected& out) const {
  if (is_wide(source.bytes()) || source.bytes().find('\0') != std::string_view::npos) {
    report(source, {0, 0}, declared, "the pattern of " + rule_ + " covers this file, which is binary or UTF-16",
           "save it as UTF-8, or leave it out of `files`", out);
    return 0;
  }
  const auto size = static_cast<std::size_t>(expression_->ProgramSize());
  if (source.bytes().size() > kMostWork / std::max<std::size_t>(size, 1)) {
    report(source, {0, 0}, true,
           "the pattern of " + rule_ + " (" + std::to_string(size) + " instructions) is too large for a file of " +
               std::to_string(source.bytes().size()) + " bytes",
           "repeat less in it, or leave the file out of `files`", out);
    return 0;
  }
  const MappedText whole = MappedText::whole(source);
  std::size_t matches = 0;
  Search search(*expression_, whole.text());
  while (search.next()) {
    const auto image = search.trimmed(groups_.image);
    if (!image || image->size() == 0) continue;
    const std::size_t begin = whole.origin_at(image->begin)->bytes.begin;
    const Span place{begin, begin + image->size()};
    if (++matches > kMostMatches) {
      report(source, place, true, "the pattern of " + rule_ + " finds more than 10000 images here",
             "narrow it, or its `files`", out);
      return matches;
    }
    if (search.span_of(0).size() > kMostMatch) {
      report(source, place, true, "the pattern of " + rule_ + " reaches too far from here",
             "write what stands between the groups so that it ends", out);
      continue;
    }
    add_match({*expression_, rule_, groups_.tag, groups_.digest}, search, *image, whole, out);
  }
  if (search.is_late()) {
    report(source, {0, 0}, true, "the pattern of " + rule_ + " takes more than two seconds of processor time here",
           "write it so that a match ends where it must (`.*` may read all the file), or narrow `files`", out);
  }
  return matches;
}

}  // namespace lock::collect
