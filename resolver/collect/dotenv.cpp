#include "resolver/collect/dotenv.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include "resolver/base/text.hpp"
#include "resolver/collect/compose.hpp"
#include "resolver/collect/found.hpp"
#include "resolver/collect/interpolation.hpp"

namespace lock::collect {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 20;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

class DotenvReader {
 public:
  explicit DotenvReader(const SourceText& source)
      : whole_(MappedText::whole(source)), text_(whole_.text().substr(0, kMostBytes)) {}

  DotenvValues read() {
    while (at_ < text_.size()) read_line();
    return std::move(values_);
  }

 private:
  [[nodiscard]] std::size_t line_end() const { return std::min(text_.find('\n', at_), text_.size()); }
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  void read_line() {
    skip_blanks();
    if (text_.substr(at_).starts_with("export ")) {
      at_ += 7;
      skip_blanks();
    }
    const std::size_t end = line_end();
    const std::size_t separator = text_.find_first_of("=:", at_);
    if (text_.substr(at_, 1) == "#" || separator >= end) {
      at_ = end + 1;
      return;
    }
    std::string_view name = text_.substr(at_, separator - at_);
    while (!name.empty() && is_blank(name.back())) name.remove_suffix(1);
    at_ = separator + 1;
    skip_blanks();
    MappedText value = read_value();
    values_.insert_or_assign(std::string(name), std::move(value));
    at_ = line_end() + 1;
  }

  MappedText read_value() {
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote == '\'' || quote == '"') {
      std::size_t end = at_ + 1;
      while (end < text_.size() && text_[end] != quote) end += text_[end] == '\\' && quote == '"' ? 2 : 1;
      if (end < text_.size()) {
        MappedText value = whole_.slice(at_ + 1, end);
        value.set_style(quote == '"' ? image::Style::double_quoted : image::Style::single_quoted);
        at_ = end + 1;
        return quote == '"' ? with_variables(without_escapes(value)) : value;
      }
    }
    const std::size_t begin = std::min(at_, text_.size());
    std::size_t end = line_end();
    for (std::size_t i = begin; i + 1 < end; ++i) {
      if (is_blank(text_[i]) && text_[i + 1] == '#') {
        end = i;
        break;
      }
    }
    if (begin < end && text_[begin] == '#') end = begin;
    return with_variables(whole_.slice(begin, std::max(begin, end)).trimmed());
  }

  static MappedText without_escapes(const MappedText& from) {
    const std::string_view text = from.text();
    MappedText out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\\' || i + 1 == text.size() || text[i + 1] == '$') {
        out.append(from.slice(i, i + 1));
        continue;
      }
      const char c = text[i + 1];
      const std::string decoded(1, c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c);
      out.append_decoded(decoded, from.slice(i, i + 2));
      ++i;
    }
    return out;
  }

  MappedText with_variables(const MappedText& value) const {
    return interpolate(value,
                       [this](std::string_view name) -> const MappedText* {
                         const auto found = values_.find(name);
                         return found == values_.end() ? nullptr : &found->second;
                       })
        .text;
  }

  MappedText whole_;
  std::string_view text_;
  std::size_t at_ = 0;
  DotenvValues values_;
};

// The variable whose value holds these bytes.
std::string path_of(const DotenvValues& values, Span bytes) {
  for (const auto& [name, value] : values) {
    for (const Origin& origin : value.ranges(0, value.size())) {
      if (origin.bytes.begin <= bytes.begin && bytes.end <= origin.bytes.end) return json_pointer("", name);
    }
  }
  return {};
}

// Whether every part of the reference is written in the `.env`.
bool is_whole(const image::Occurrence& found, const std::string& env) {
  if (!found.reference) return false;
  const std::size_t parts = 1 + (found.reference->tag() ? 1 : 0) + (found.reference->digest() ? 1 : 0);
  return found.slots.size() >= parts &&
         std::ranges::all_of(found.slots, [&](const image::Slot& slot) { return slot.file == env; });
}

// The variables that a Compose file beside the `.env` takes, and so has said what it makes of. In one pass, whatever
// their number.
void add_taken(std::string_view compose, std::set<std::string, std::less<>>& taken) {
  for (std::size_t at = compose.find('$'); at != std::string_view::npos; at = compose.find('$', at)) {
    ++at;
    if (compose.substr(at).starts_with('{')) ++at;
    const std::size_t begin = at;
    while (at < compose.size() && (std::isalnum(static_cast<unsigned char>(compose[at])) || compose[at] == '_')) ++at;
    taken.emplace(compose.substr(begin, at - begin));
  }
}

// A whole image for a Compose file that stands elsewhere, or for whoever else reads the file: as in the environment of
// a container, its name says image or it has registry, path and tag. A name without a tag may be half of one.
void guess(const std::string& name, const MappedText& value, image::Collected& out) {
  const bool named = base::to_lower(name).find("image") != std::string::npos;
  const auto parts = image::split_reference(value.text());
  if (!parts || (!parts->tag && !parts->digest) || !looks_like_image(value.text(), !named)) return;
  Found found;
  found.written = value;
  found.value = value;
  found.format = "dotenv";
  found.path = json_pointer("", name);
  found.occurrence_class = image::Class::guessed;
  found.not_editable = "a value from .env keeps its variable";
  add_found(std::move(found), out);
}

}  // namespace

DotenvValues read_dotenv(const SourceText& source) { return DotenvReader(source).read(); }

Claim claim_dotenv(std::string_view path) { return name_of_path(path) == ".env" ? Claim::possible : Claim::none; }

image::Collected collect_dotenv(const Source& source, const Files& files) {
  image::Collected out;
  const DotenvValues values = read_dotenv(source.text());
  std::set<std::string, std::less<>> taken;
  for (const std::string_view name : kComposeNames) {
    const auto path = join_path(folder_of_path(source.path()), name);
    const SourceText* neighbour = path ? files.find(*path) : nullptr;
    if (neighbour == nullptr) continue;
    const Source compose(neighbour->path(), std::string(neighbour->bytes()));
    add_taken(compose.bytes(), taken);
    for (image::Occurrence& found : collect_compose(compose, files).occurrences) {
      if (!is_whole(found, source.path())) continue;
      found.file = source.path();
      found.span = {found.slots.front().ranges.front().begin, found.slots.back().ranges.back().end};
      found.position = source.text().lines().position(found.span.begin);
      found.written = std::string(source.bytes().substr(found.span.begin, found.span.size()));
      found.format = "dotenv";
      found.path = path_of(values, found.span);
      out.occurrences.push_back(std::move(found));
    }
  }
  for (const auto& [variable, value] : values) {
    if (!taken.contains(variable)) guess(variable, value, out);
  }
  return out;
}

}  // namespace lock::collect
