// Dockerfiles: any bytes give occurrences whose slots lie in the file, and a digest that is written into one of them is
// found again at the same place.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "resolver/collect/dockerfile.hpp"

namespace {

using lock::collect::collect_dockerfile;
using lock::collect::MappedText;
using lock::collect::SourceText;

void check_slots(const lock::image::Collected& collected, std::size_t size) {
  for (const auto& occurrence : collected.occurrences) {
    if (occurrence.span.begin > occurrence.span.end || occurrence.span.end > size) std::abort();
    for (const auto& slot : occurrence.slots) {
      if (slot.ranges.empty() || slot.text.empty()) std::abort();
      for (const auto& range : slot.ranges) {
        if (range.begin >= range.end || range.end > size) std::abort();
      }
    }
  }
}

void check_edit(const lock::image::Collected& before, std::size_t which, const SourceText& source) {
  const auto& occurrence = before.occurrences[which];
  if (!occurrence.reference || !occurrence.not_editable.empty() || occurrence.slots.empty()) return;
  const auto& last = occurrence.slots.back();
  if (last.shared || last.part == lock::image::Part::digest) return;
  const std::string digest = "sha256:" + std::string(64, 'a');
  std::string edited(source.bytes());
  edited.insert(last.ranges.back().end, (last.part == lock::image::Part::tag ? "@" : ":latest@") + digest);
  const SourceText again("Dockerfile", edited);
  const auto after = collect_dockerfile(MappedText::whole(again));
  if (after.occurrences.size() != before.occurrences.size()) std::abort();
  const auto& found = after.occurrences[which];
  if (!found.reference || !found.reference->digest() || found.reference->digest()->text() != digest) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const SourceText source("Dockerfile", std::string(reinterpret_cast<const char*>(data), size));
  const auto collected = collect_dockerfile(MappedText::whole(source));
  check_slots(collected, size);
  for (std::size_t i = 0; i < collected.occurrences.size() && i < 3; ++i) check_edit(collected, i, source);
  return 0;
}
