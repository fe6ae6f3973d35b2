#include "lockfile/ops/demand.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "lockfile/ops/finding.hpp"
#include "lockfile/ops/rendered_places.hpp"

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
  Builder(std::span<const Occurrence* const> places, const TagDigest& tag_digest) : tag_digest_(tag_digest) {
    rank_.reserve(places.size());
    for (const Occurrence* place : places) rank_.emplace(place, rank_.size());
  }

  void add_tag(const Reference& tag, const Tag& places) {
    const std::optional<Digest> entry = places.by_tag.empty() ? std::nullopt : tag_digest_(tag);
    const bool asks_tag = !places.by_tag.empty() && (entry || !all_guessed(places.by_tag));
    if (asks_tag) return add_with_tag(tag, places, entry);
    if (places.pins.size() == 1) {
      Occurrences all = places.pins.begin()->second;
      append(all, places.by_tag);
      return add({tag, places.pins.begin()->first, std::move(all)});
    }
    const auto first =
        std::ranges::min_element(places.pins, {}, [this](const auto& pin) { return rank_.at(pin.second.front()); });
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
    for (Demand& demand : demands_.demands) {
      std::ranges::sort(demand.occurrences, {}, [this](const Occurrence* place) { return rank_.at(place); });
    }
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
  std::unordered_map<const Occurrence*, std::size_t> rank_;
  Demands demands_;
};

}  // namespace

bool Demand::declared() const { return !all_guessed(occurrences); }

bool Demand::artifact() const {
  return std::ranges::all_of(occurrences,
                             [](const Occurrence* occurrence) { return occurrence->kind == image::Kind::artifact; });
}

Demands demands_of(std::span<const Occurrence* const> places, const TagDigest& tag_digest) {
  std::map<Reference, Tag> tags;
  std::map<Reference, Occurrences> bare;  // name@digest
  for (const Occurrence* place : places) {
    if (!is_wanted(*place)) continue;
    const Reference& reference = *place->reference;
    if (!reference.tag()) {
      bare[reference].push_back(place);
    } else if (reference.digest()) {
      tags[reference.without_digest()].pins[*reference.digest()].push_back(place);
    } else {
      tags[reference].by_tag.push_back(place);
    }
  }
  Builder builder(places, tag_digest);
  for (const auto& [tag, wanted] : tags) builder.add_tag(tag, wanted);
  for (auto& [reference, wanted] : bare) builder.add({reference, reference.digest(), std::move(wanted)});
  return builder.take();
}

Demands demands_of(std::span<const Occurrence> occurrences, const TagDigest& tag_digest) {
  return demands_of(Places(occurrences).all(), tag_digest);
}

Demands demands_in(std::span<const Occurrence> occurrences, const document::Document& lock,
                   const std::string& lock_file) {
  Places places(occurrences);
  places.add_rendered(lock, lock_file);
  Demands found = demands_of(places.all(), [&lock](const Reference& tag) {
    const document::Entry* entry = lock.find(tag);
    return entry != nullptr ? std::optional(entry->digest) : std::nullopt;
  });
  for (Demand& demand : found.demands) {
    std::erase_if(demand.occurrences, [&places](const Occurrence* place) { return places.is_rendered(place); });
  }
  std::erase_if(found.demands, [](const Demand& demand) { return demand.occurrences.empty(); });
  return found;
}

std::vector<Reference> tags_without_digest(std::span<const Occurrence* const> places) {
  std::set<Reference> tags;
  for (const Occurrence* place : places) {
    if (is_wanted(*place) && place->reference->tag() && !place->reference->digest()) tags.insert(*place->reference);
  }
  return {tags.begin(), tags.end()};
}

}  // namespace lock::ops
