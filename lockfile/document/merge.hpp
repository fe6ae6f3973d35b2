// Three-way merge of locks: by entry, and within an entry fact by fact where that is safe.
//
// What one side left as it was in the base is the other side's. The digest, with what its bytes say (media type,
// platforms), is one fact; what was found out about a digest never joins another digest. Where both sides changed an
// entry so that only a registry or the tree can tell what it must be, nothing is chosen: the entry is undecided.
//
// Pure; entries go in whole and come out whole, so that each has its own seal again when it is written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lockfile/document/document.hpp"

namespace lock::document {

enum class Clash : std::uint8_t {
  digest,   // both sides have a digest of their own
  removed,  // one side dropped the entry, the other changed it
  claims,   // one side moved the digest, the other changed what is known about the old one
  facts,    // one digest, of which both sides say something else
};

struct Undecided {
  Clash clash = Clash::digest;
  std::optional<Entry> ours;  // absent when this side dropped it
  std::optional<Entry> theirs;
  [[nodiscard]] const Entry& either() const { return ours ? *ours : theirs.value(); }
  // "moved on both sides: ours to sha256:4771d09578c7, theirs to sha256:…"
  [[nodiscard]] std::string text() const;
};

struct Merge {
  Document document;                 // the entries that are decided
  std::vector<Undecided> undecided;  // sorted by key; none of them in the document
};

// A file that one side does not have is an empty document. `ours` says the version.
[[nodiscard]] Merge merge(const Document& base, const Document& ours, const Document& theirs);

// The bytes of images.lock. Each undecided entry stands between conflict markers with both its versions, so that every
// reader refuses the file until it is mended; when one version and the markers are deleted by hand, it is whole again.
[[nodiscard]] std::string write(const Merge& merge);

// A file in which nothing could be merged: both texts between conflict markers.
[[nodiscard]] std::string write_unmerged(std::string_view ours, std::string_view theirs);

}  // namespace lock::document
