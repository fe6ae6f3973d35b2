// images.lock, version 1, in memory: what was decided about each image, and nothing about where it is used.
//
// An Entry is one image under its key. A Document is the whole file; its entries are sorted by key and no key occurs
// twice (`insert` keeps both true). Values; no I/O.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/image/digest.hpp"
#include "resolver/image/platform.hpp"
#include "resolver/image/reference.hpp"
#include "resolver/image/signature.hpp"

namespace lock::document {

inline constexpr int newest_version = 1;

struct PlatformDigest {
  image::Platform platform;
  image::Digest digest;
  [[nodiscard]] std::string text() const { return platform.text() + " " + digest.text(); }
  friend bool operator==(const PlatformDigest&, const PlatformDigest&) = default;
};

// What an entry says when it names no signer. `undetermined`: nothing, because it could not be found out.
enum class Unsigned : std::uint8_t {
  undetermined,
  proven,        // `signatures = "unsigned"`: every place where signatures may lie said "not there"
  unrecognized,  // signatures are there, none by anybody whom the lock records
};

// What brought the image into the lock. `tree`: a file of the repository names it; not written down.
enum class Origin : std::uint8_t {
  tree,
  rendered,  // only manifests that were rendered name it: a chart of a chart, what an operator starts
};

struct Entry {
  // `name:tag`; `name:tag@digest` for a pin that differs from the tag's entry; `name@digest` for a pin without a tag.
  image::Reference reference;
  image::Digest digest;  // of the index, or of the manifest of a single-platform image
  std::string media_type;
  std::vector<PlatformDigest> platforms;             // sorted by text; empty for an artifact
  std::vector<image::Signer> signers;                // sorted, each once
  Unsigned without_signer = Unsigned::undetermined;  // always so when there are signers
  Origin origin = Origin::tree;

  [[nodiscard]] std::string key() const { return reference.canonical(); }
  friend bool operator==(const Entry&, const Entry&) = default;
};

[[nodiscard]] bool same_signatures(const Entry& a, const Entry& b);
// "unsigned", "unrecognized"; empty when nothing is said.
[[nodiscard]] std::string_view name_of(Unsigned what);
// "rendered"; empty for the tree.
[[nodiscard]] std::string_view name_of(Origin origin);

// Brings signers into the order in which they are written, each once. A key that a log backed stands for itself
// without.
void sort_signers(std::vector<image::Signer>& signers);

// Brings platforms into the order in which they are written. Entries made by hand go through it once.
void sort_platforms(std::vector<PlatformDigest>& platforms);

class Document {
 public:
  [[nodiscard]] int version() const { return version_; }
  void set_version(int version) { version_ = version; }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  [[nodiscard]] const Entry* find(std::string_view key) const;
  [[nodiscard]] const Entry* find(const image::Reference& reference) const { return find(reference.canonical()); }
  // Puts the entry in its place; one with the same key is replaced.
  void insert(Entry entry);
  void remove(std::string_view key);
  void reserve(std::size_t entries);
  friend bool operator==(const Document&, const Document&) = default;

 private:
  int version_ = newest_version;
  std::vector<Entry> entries_;
  std::vector<std::string> keys_;  // of entries_, so that a search does not spell references again
};

}  // namespace lock::document
