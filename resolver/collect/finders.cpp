#include "resolver/collect/finders.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "resolver/collect/collector.hpp"

namespace lock::collect {

bool claims_more(std::string_view path, std::string_view other) {
  return std::ranges::any_of(collectors(), [&](const Collector& collector) {
    return collector.claim(path) != Claim::none && collector.claim(other) == Claim::none;
  });
}

void keep_one_a_finder(std::span<image::Collected> files) {
  using Key = std::tuple<std::string_view, Span, std::string_view, std::string_view, std::string_view, std::string>;
  const auto key_of = [](const image::Occurrence& each) {
    return Key{each.file,    each.span,   each.path,
               each.written, each.format, each.reference ? each.reference->canonical() : ""};
  };
  std::set<Key> seen;
  std::set<const image::Occurrence*> doubled;
  for (const image::Collected& file : files) {
    for (const image::Occurrence& each : file.occurrences) {
      if (each.found_from.empty()) seen.insert(key_of(each));
    }
  }
  for (const image::Collected& file : files) {
    for (const image::Occurrence& each : file.occurrences) {
      if (!each.found_from.empty() && !seen.insert(key_of(each)).second) doubled.insert(&each);
    }
  }
  if (doubled.empty()) return;
  for (image::Collected& file : files) {
    std::vector<image::Occurrence> kept;
    for (image::Occurrence& each : file.occurrences) {
      if (!doubled.contains(&each)) kept.push_back(std::move(each));
    }
    file.occurrences = std::move(kept);
  }
}

}  // namespace lock::collect
