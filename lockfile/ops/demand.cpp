#include "lockfile/ops/demand.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "lockfile/ops/finding.hpp"

namespace lock::ops {
namespace {

using image::Digest;
using image::Occurrence;
using image::Reference;
using Occurrences = std::vector<const Occurrence*>;

bool is_wanted(const Occurrence& occurrence) {
  return occurrence.status == image::Status::resolved && occurrence.reference.has_value();
}

bool all_guessed(const Occurrences& occurrences) {
  return std::ranges::all_of(
      occurrences, [](const Occurrence* occurrence) { return occurrence->occurrence_class == image::Class::guessed; });
}

// Everything that names one tag.
struct Tag {
  Occurrences by_tag;  // without a digest
  std::map<Digest, Occurrences> pins;
};

void append(Occurrences& to, const Occurrences& from) { to.insert(to.end(), from.begin(), from.end()); }

image::Finding pin_differs(const Reference& tag, const Digest& pin, const Occurrence& at, const Digest& other,
                           const std::string& whose) {
  image::Finding finding =
      finding_at(at, "pins-differ",
                 tag.familiar() + " is pinned to " + pin.short_text() + " here, " + whose + " " + other.short_text(),
                 "change the pin if this is not meant; each digest has an entry of its own");
  finding.digest = pin.text();
  finding.expected = other.text();
  finding.actual = pin.text();
  return finding;
}

class Builder {
 public:
  explicit Builder(const TagDigest& tag_digest) : tag_digest_(tag_digest) {}

  void add_tag(const Reference& tag, const Tag& places) {
    const std::optional<Digest> entry = places.by_tag.empty() ? std::nullopt : tag_digest_(tag);
    const bool asks_tag = !places.by_tag.empty() && (entry || !all_guessed(places.by_tag));
    if (asks_tag) return add_with_tag(tag, places, entry);
    if (places.pins.size() == 1) {
      Occurrences all = places.pins.begin()->second;
      append(all, places.by_tag);
      return add({tag, places.pins.begin()->first, std::move(all)});
    }
    const auto first = std::ranges::min_element(
        places.pins, [](const auto& a, const auto& b) { return a.second.front() < b.second.front(); });
    for (const auto& [pin, occurrences] : places.pins) {
      add({tag.with_digest(pin), pin, occurrences});
      if (pin != first->first) {
        differ(
            pin_differs(tag, pin, *occurrences.front(), first->first, "in " + where(*first->second.front()) + " to"));
      }
    }
    if (!places.by_tag.empty()) add({tag, std::nullopt, places.by_tag});
  }

  void add(Demand demand) { demands_.demands.push_back(std::move(demand)); }

  Demands take() {
    for (Demand& demand : demands_.demands) std::ranges::sort(demand.occurrences);
    std::ranges::sort(demands_.demands, {}, [](const Demand& demand) { return demand.key.canonical(); });
    return std::move(demands_);
  }

 private:
  void add_with_tag(const Reference& tag, const Tag& places, const std::optional<Digest>& entry) {
    Demand demand{tag, std::nullopt, places.by_tag};
    for (const auto& [pin, occurrences] : places.pins) {
      if (entry == pin) {
        append(demand.occurrences, occurrences);
        continue;
      }
      add({tag.with_digest(pin), pin, occurrences});
      if (entry) differ(pin_differs(tag, pin, *occurrences.front(), *entry, "the entry of the tag is"));
    }
    add(std::move(demand));
  }

  void differ(image::Finding finding) { demands_.pins_differ.push_back(std::move(finding)); }

  const TagDigest& tag_digest_;
  Demands demands_;
};

}  // namespace

bool Demand::declared() const { return !all_guessed(occurrences); }

bool Demand::artifact() const {
  return std::ranges::all_of(occurrences,
                             [](const Occurrence* occurrence) { return occurrence->kind == image::Kind::artifact; });
}

Demands demands_of(std::span<const Occurrence> occurrences, const TagDigest& tag_digest) {
  std::map<Reference, Tag> tags;
  std::map<Reference, Occurrences> bare;  // name@digest
  for (const Occurrence& occurrence : occurrences) {
    if (!is_wanted(occurrence)) continue;
    const Reference& reference = *occurrence.reference;
    if (!reference.tag()) {
      bare[reference].push_back(&occurrence);
    } else if (reference.digest()) {
      tags[reference.without_digest()].pins[*reference.digest()].push_back(&occurrence);
    } else {
      tags[reference].by_tag.push_back(&occurrence);
    }
  }
  Builder builder(tag_digest);
  for (const auto& [tag, places] : tags) builder.add_tag(tag, places);
  for (auto& [reference, places] : bare) builder.add({reference, reference.digest(), std::move(places)});
  return builder.take();
}

Demands demands_in(std::span<const Occurrence> occurrences, const document::Document& lock) {
  return demands_of(occurrences, [&lock](const Reference& tag) {
    const document::Entry* entry = lock.find(tag);
    return entry != nullptr ? std::optional(entry->digest) : std::nullopt;
  });
}

std::vector<Reference> tags_without_digest(std::span<const Occurrence> occurrences) {
  std::set<Reference> tags;
  for (const Occurrence& occurrence : occurrences) {
    if (is_wanted(occurrence) && occurrence.reference->tag() && !occurrence.reference->digest()) {
      tags.insert(*occurrence.reference);
    }
  }
  return {tags.begin(), tags.end()};
}

}  // namespace lock::ops
