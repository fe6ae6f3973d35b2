#include "resolver/collect/mapped_text.hpp"

#include <algorithm>
#include <cassert>

namespace lock::collect {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool same_kind(const Origin& a, const Origin& b) {
  return a.source == b.source && a.style == b.style && a.shared == b.shared;
}

}  // namespace

const base::LineIndex& SourceText::lines() const {
  std::call_once(once_, [this] { lines_.emplace(bytes_); });
  return *lines_;
}

MappedText MappedText::whole(const SourceText& source) {
  const std::size_t begin = source.bytes().starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  return verbatim(source, {begin, source.bytes().size()});
}

MappedText MappedText::verbatim(const SourceText& source, Span bytes, image::Style style) {
  MappedText made;
  made.append_verbatim(source, bytes, style);
  return made;
}

MappedText MappedText::synthesised(std::string_view text) {
  MappedText made;
  made.append_synthesised(text);
  return made;
}

std::size_t MappedText::end_of(std::size_t segment) const {
  return segment + 1 < segments_.size() ? segments_[segment + 1].begin : text_.size();
}

// The last segment that begins at or before `offset`. There is one for every offset of a text that is not empty.
std::size_t MappedText::segment_at(std::size_t offset) const {
  const auto after = std::upper_bound(segments_.begin(), segments_.end(), offset,
                                      [](std::size_t at, const Segment& segment) { return at < segment.begin; });
  return static_cast<std::size_t>(after - segments_.begin()) - 1;
}

// Called before the text grows by `length`. Verbatim neighbours become one segment, which keeps long texts short.
void MappedText::add(std::size_t length, Origin origin, bool is_verbatim) {
  if (length == 0) {
    if (text_.empty() && segments_.empty() && origin.source != nullptr) segments_.push_back({0, origin, true});
    return;
  }
  if (segments_.size() == 1 && text_.empty()) segments_.clear();  // the place of a text that was empty until now
  if (!segments_.empty()) {
    Segment& last = segments_.back();
    const bool continues =
        is_verbatim && last.verbatim && same_kind(last.origin, origin) && last.origin.bytes.end == origin.bytes.begin;
    const bool both_unwritten = last.origin.source == nullptr && origin.source == nullptr;
    if (continues || both_unwritten) {
      if (continues) last.origin.bytes.end = origin.bytes.end;
      return;
    }
  }
  segments_.push_back({text_.size(), origin, is_verbatim});
}

void MappedText::append_verbatim(const SourceText& source, Span bytes, image::Style style) {
  assert(bytes.begin <= bytes.end && bytes.end <= source.bytes().size());
  add(bytes.size(), {&source, bytes, style, false}, true);
  text_.append(source.bytes().substr(bytes.begin, bytes.size()));
}

void MappedText::append_decoded(std::string_view text, const SourceText& source, Span bytes, image::Style style) {
  add(text.size(), {&source, bytes, style, false}, false);
  text_.append(text);
}

void MappedText::append_decoded(std::string_view text, const MappedText& from) {
  const auto origins = from.ranges(0, from.size());
  const bool one_file = !origins.empty() && std::all_of(origins.begin(), origins.end(), [&](const Origin& origin) {
    return origin.source == origins.front().source && origin.bytes.begin >= origins.front().bytes.begin;
  });
  if (!one_file) return append_synthesised(text);
  Origin hull = origins.front();
  for (const Origin& origin : origins) {
    hull.bytes.end = std::max(hull.bytes.end, origin.bytes.end);
    hull.shared = hull.shared || origin.shared;
  }
  add(text.size(), hull, false);
  text_.append(text);
}

void MappedText::append_synthesised(std::string_view text) {
  add(text.size(), {}, false);
  text_.append(text);
}

void MappedText::append(const MappedText& other) {
  for (std::size_t i = 0; i < other.segments_.size(); ++i) {
    const Segment& segment = other.segments_[i];
    const std::size_t length = other.end_of(i) - segment.begin;
    const std::size_t from = segment.begin;
    add(length, segment.origin, segment.verbatim);
    text_.append(other.text_, from, length);
  }
}

MappedText MappedText::slice(std::size_t begin, std::size_t end) const {
  end = std::min(end, text_.size());
  begin = std::min(begin, end);
  MappedText made;
  if (segments_.empty()) return made;
  for (std::size_t i = segment_at(begin); i < segments_.size(); ++i) {
    const Segment& segment = segments_[i];
    if (segment.begin > end || (segment.begin == end && i != 0 && !made.segments_.empty())) break;
    const std::size_t from = std::max(begin, segment.begin);
    const std::size_t to = std::min(end, end_of(i));
    Origin origin = segment.origin;
    if (segment.verbatim) {
      origin.bytes = {segment.origin.bytes.begin + (from - segment.begin),
                      segment.origin.bytes.begin + (to - segment.begin)};
    }
    made.add(to - from, origin, segment.verbatim);
    made.text_.append(text_, from, to - from);
  }
  return made;
}

MappedText MappedText::trimmed() const {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = text().find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return slice(text_.size());
  return slice(begin, text().find_last_not_of(kBlank) + 1);
}

void MappedText::set_shared() {
  for (Segment& segment : segments_) segment.origin.shared = true;
}

void MappedText::set_style(image::Style style) {
  for (Segment& segment : segments_) segment.origin.style = style;
}

std::vector<Origin> MappedText::ranges(std::size_t begin, std::size_t end) const {
  std::vector<Origin> found;
  const MappedText part = slice(begin, end);
  for (const Segment& segment : part.segments_) {
    if (segment.origin.source == nullptr) continue;
    const bool continues = !found.empty() && same_kind(found.back(), segment.origin) &&
                           found.back().bytes.end == segment.origin.bytes.begin;
    if (continues) {
      found.back().bytes.end = segment.origin.bytes.end;
    } else {
      found.push_back(segment.origin);
    }
  }
  return found;
}

bool MappedText::splits_escape(std::size_t begin, std::size_t end) const {
  const auto inside = [this](std::size_t at) {
    if (at == 0 || at >= text_.size()) return false;
    const Segment& segment = segments_[segment_at(at)];
    return !segment.verbatim && segment.origin.source != nullptr && segment.begin != at;
  };
  return inside(begin) || inside(end);
}

std::optional<Origin> MappedText::origin_at(std::size_t at) const {
  if (segments_.empty()) return std::nullopt;
  const Segment& segment = segments_[segment_at(std::min(at, text_.size()))];
  if (segment.origin.source == nullptr) return std::nullopt;
  Origin origin = segment.origin;
  if (segment.verbatim) origin.bytes.begin = std::min(origin.bytes.begin + (at - segment.begin), origin.bytes.end);
  return origin;
}

}  // namespace lock::collect
