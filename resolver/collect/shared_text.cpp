#include "resolver/collect/shared_text.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>

namespace lock::collect {
namespace {

// Answers for one file: does anybody but X read these bytes? Readers in the order of their begins; each knows the two
// that reach furthest among those up to itself, of different owners, which is enough.
class Readers {
 public:
  void add(Span bytes, std::size_t who) { all_.push_back({bytes, {bytes.end, who}, std::nullopt}); }

  void sort() {
    std::ranges::sort(all_, [](const Entry& a, const Entry& b) { return a.bytes < b.bytes; });
    for (std::size_t i = 1; i < all_.size(); ++i) {
      Entry& entry = all_[i];
      const Reach own = entry.first;
      entry.first = all_[i - 1].first;
      entry.second = all_[i - 1].second;
      if (own.who == entry.first.who) {
        entry.first.end = std::max(entry.first.end, own.end);
      } else if (own.end > entry.first.end) {
        entry.second = entry.first;
        entry.first = own;
      } else if (!entry.second || own.end > entry.second->end) {
        entry.second = own;
      }
    }
  }

  [[nodiscard]] std::optional<std::size_t> other_reader(Span bytes, std::size_t than) const {
    const auto after =
        std::ranges::lower_bound(all_, bytes.end, {}, [](const Entry& entry) { return entry.bytes.begin; });
    if (after == all_.begin()) return std::nullopt;
    const Entry& last = *std::prev(after);
    if (last.first.who != than) return last.first.end > bytes.begin ? std::optional(last.first.who) : std::nullopt;
    if (!last.second || last.second->end <= bytes.begin) return std::nullopt;
    return last.second->who;
  }

 private:
  struct Reach {
    std::size_t end;
    std::size_t who;
  };
  struct Entry {
    Span bytes;
    Reach first;
    std::optional<Reach> second;
  };
  std::vector<Entry> all_;
};

constexpr std::size_t kNobody = static_cast<std::size_t>(-1);

template <typename Added>
std::map<std::string_view, Readers> by_file(const Added& added) {
  std::map<std::string_view, Readers> out;
  for (const auto& reader : added) out[reader.origin.source->path()].add(reader.origin.bytes, reader.who);
  for (auto& [file, readers] : out) readers.sort();
  return out;
}

}  // namespace

void SharedText::add_occurrence(const std::vector<Origin>& read, std::size_t occurrence) {
  for (const Origin& origin : read) occurrences_.push_back({origin, occurrence});
}

void SharedText::add_other(const std::vector<Origin>& read, const std::string& reason) {
  if (read.empty()) return;
  for (const Origin& origin : read) others_.push_back({origin, reasons_.size()});
  reasons_.push_back(reason);
}

void SharedText::judge(std::vector<image::Occurrence>& occurrences) const {
  const auto readers = by_file(occurrences_);
  const auto others = by_file(others_);
  for (std::size_t i = 0; i < occurrences.size(); ++i) {
    for (image::Slot& slot : occurrences[i].slots) {
      const auto file = readers.find(slot.file);
      if (file == readers.end()) continue;
      for (const Span& range : slot.ranges)
        slot.shared = slot.shared || file->second.other_reader(range, i).has_value();
    }
    if (occurrences[i].slots.empty() || !occurrences[i].not_editable.empty()) continue;
    const image::Slot& last = occurrences[i].slots.back();
    const auto file = others.find(last.file);
    if (file == others.end()) continue;
    const Span end{last.ranges.back().end - 1, last.ranges.back().end};
    if (const auto reason = file->second.other_reader(end, kNobody)) occurrences[i].not_editable = reasons_[*reason];
  }
}

}  // namespace lock::collect
