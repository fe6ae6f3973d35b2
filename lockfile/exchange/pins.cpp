#include "lockfile/exchange/pins.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "resolver/base/text.hpp"

namespace lock::exchange {
namespace {

std::string slot_text(const image::Occurrence& occurrence, image::Part part) {
  std::string text;
  for (const image::Slot& slot : occurrence.slots) {
    if (slot.part == part) text += slot.text;
  }
  return text;
}

}  // namespace

std::string name_in(const image::Occurrence& occurrence) {
  const std::string name = slot_text(occurrence, image::Part::name);
  if (name.empty()) return occurrence.reference->repository().name();
  const std::string registry = slot_text(occurrence, image::Part::registry);
  return registry.empty() ? name : registry + "/" + name;
}

std::string tag_in(const image::Occurrence& occurrence) { return occurrence.reference->tag().value_or(""); }

std::string pin_of(const LockedPlace& place) {
  const std::string tag = tag_in(*place.occurrence);
  return name_in(*place.occurrence) + (tag.empty() ? "" : ":" + tag) + "@" + place.digest.text();
}

Unexpressed unexpressed(const image::Occurrence& occurrence, std::string reason) {
  Unexpressed out{occurrence.reference ? occurrence.reference->familiar() : base::harmless(occurrence.written),
                  std::move(reason),
                  {}};
  out.place.file = occurrence.file;
  out.place.position = occurrence.position;
  return out;
}

std::string quoted(std::string_view text) { return boost::json::serialize(boost::json::string(text)); }

std::string yaml_key(std::string_view text) {
  constexpr auto kWords =
      std::to_array<std::string_view>({"y", "n", "yes", "no", "on", "off", "true", "false", "null"});
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto is_plain = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  const bool plain = !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, is_plain) &&
                     std::ranges::find(kWords, base::to_lower(text)) == kWords.end();
  return plain ? std::string(text) : quoted(text);
}

std::set<std::string> files_of(std::span<const LockedPlace> places) {
  std::set<std::string> files;
  for (const LockedPlace& place : places) files.insert(place.occurrence->file);
  return files;
}

std::string listed(const std::set<std::string>& names) {
  constexpr std::size_t kMost = 5;
  std::vector<std::string> shown;
  for (const std::string& name : names) {
    if (shown.size() < kMost) shown.push_back(base::harmless(name, 200));
  }
  std::string out = base::join(shown, ", ");
  if (names.size() > kMost) out += " and " + std::to_string(names.size() - kMost) + " more";
  return out;
}

}  // namespace lock::exchange
