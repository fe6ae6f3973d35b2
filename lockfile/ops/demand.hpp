// Which entries the tree wants in the lock, and for which places.
//
// The key is the canonical reference with its tag. A place that writes `tag@digest` shares the tag's entry when the
// digests are equal; else it has an entry of its own, `name:tag@digest`. Where every place of a tag writes one and the
// same digest, that is the tag's entry, and the tag is not asked for. A guess that no registry knows wants nothing.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lockfile/document/document.hpp"
#include "resolver/image/finding.hpp"
#include "resolver/image/occurrence.hpp"

namespace lock::ops {

struct Demand {
  image::Reference key;
  std::optional<image::Digest> pin;                   // what the entry's digest must be; nothing: what the tag says
  std::vector<const image::Occurrence*> occurrences;  // in the order of the scan, never none

  [[nodiscard]] bool declared() const;  // at least one place is no guess
  [[nodiscard]] bool artifact() const;  // all places hold artifacts
};

struct Demands {
  std::vector<Demand> demands;              // sorted by key
  std::vector<image::Finding> pins_differ;  // not judged yet
};

// The digest of a tag's entry, in the lock or newly resolved; nothing when there is none.
using TagDigest = std::function<std::optional<image::Digest>(const image::Reference& tag)>;

// Of the places that are resolved: neither ignored, nor first-party, nor unresolved. Those of a demand keep their
// order.
[[nodiscard]] Demands demands_of(std::span<const image::Occurrence* const> places, const TagDigest& tag_digest);
[[nodiscard]] Demands demands_of(std::span<const image::Occurrence> occurrences, const TagDigest& tag_digest);
// What the tree wants of this lock as it is. Entries that a rendering brought have their part in the keys, but are no
// demands of the tree; `lock_file` is the place of what is said about them.
[[nodiscard]] Demands demands_in(std::span<const image::Occurrence> occurrences, const document::Document& lock,
                                 const std::string& lock_file = {});

// The tags that have at least one place without a digest, sorted: those that a registry has to be asked for.
[[nodiscard]] std::vector<image::Reference> tags_without_digest(std::span<const image::Occurrence* const> places);

}  // namespace lock::ops
