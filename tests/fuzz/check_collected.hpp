// What holds for everything that a collector returns, whatever the bytes were.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/collect/collector.hpp"

namespace lock::fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

// Ranges lie in their file, in the order of the text, which is another one where a variable's value stands elsewhere;
// those that can be edited do not overlap. Plain slots are their text, and what has none says why.
inline bool overlap(std::vector<Span> ranges) {
  std::ranges::sort(ranges, {}, &Span::begin);
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i].begin < ranges[i - 1].end) return true;
  }
  return false;
}

inline void check(const image::Collected& found, std::string_view file, std::string_view bytes) {
  for (const auto& occurrence : found.occurrences) {
    const bool unresolved = occurrence.status == image::Status::unresolved;
    require(unresolved == !occurrence.reference || occurrence.status == image::Status::ignored);
    require(!unresolved || (occurrence.slots.empty() && !occurrence.reason.empty()));
    require(unresolved || !occurrence.slots.empty() || !occurrence.not_editable.empty() ||
            occurrence.status == image::Status::ignored);
    if (occurrence.file == file) require(occurrence.span.end <= bytes.size());
    for (const auto& slot : occurrence.slots) {
      require(!slot.ranges.empty());
      if (slot.file != file) continue;
      std::string written;
      for (const Span range : slot.ranges) {
        require(range.begin <= range.end && range.end <= bytes.size());
        written += bytes.substr(range.begin, range.size());
      }
      if (!occurrence.not_editable.empty()) continue;
      require(!overlap(slot.ranges));
      if (slot.style == image::Style::plain) require(written == slot.text);
    }
  }
  for (const auto& problem : found.problems) require(!problem.message.empty() && !problem.check.empty());
}

class OneNeighbour final : public collect::Files {
 public:
  OneNeighbour(std::string path, std::string bytes) : text_(std::move(path), std::move(bytes)) {}
  [[nodiscard]] const collect::SourceText* find(std::string_view path) const override {
    return path == text_.path() ? &text_ : nullptr;
  }

 private:
  collect::SourceText text_;
};

}  // namespace lock::fuzz
