// What holds for everything that a collector returns, whatever the bytes were.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

#include "resolver/collect/collector.hpp"

namespace lock::fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

// Slots lie in their file in order, plain ones are their text, and what has none says why.
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
      std::size_t last = 0;
      for (const Span range : slot.ranges) {
        require(last <= range.begin && range.begin <= range.end && range.end <= bytes.size());
        last = range.end;
        written += bytes.substr(range.begin, range.size());
      }
      if (slot.style == image::Style::plain && occurrence.not_editable.empty()) require(written == slot.text);
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
