// Which entries a tree wants in its lock: from occurrences to keys, as design "images.lock", *Key*, has it.
//
//   written            entry
//   name:tag           name:tag, its digest is decided by the lock or the registry
//   name:tag@digest    name:tag when that entry has this digest, or when this is the only word on name:tag;
//                      else an entry of its own, name:tag@digest, and the warning `pins-differ`
//   name@digest        name@digest
//
// A pin never changes what other places get. Pure functions; the order of the answer is that of the keys.
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

struct Wanted {
  image::Reference key;
  std::optional<image::Digest> digest;                // absent: a tag whose digest nobody has said yet
  std::vector<const image::Occurrence*> occurrences;  // in the order of files; never empty
  [[nodiscard]] bool guessed() const;                 // every place is a guess
  [[nodiscard]] bool artifact() const;                // every place names an artifact
};

struct Wants {
  std::vector<Wanted> wanted;            // sorted by key
  std::vector<image::Finding> findings;  // pins-differ
};

// `tag_digest` says what a plain `name:tag` stands for, as far as that is known. Occurrences that are not
// Status::resolved are passed over. The occurrences must outlive the answer.
[[nodiscard]] Wants wants_of(
    std::span<const image::Occurrence> occurrences,
    const std::function<std::optional<image::Digest>(const image::Reference& tag)>& tag_digest);

// Where a lock and a tree differ, without asking anybody. Checks: `not-locked` (a place whose image has no entry),
// `lock-unused` (an entry that nothing uses), `pin-differs-from-lock` (a written digest that is not the entry's).
// With `complete` false some file could not be read, and nothing is called unused.
[[nodiscard]] std::vector<image::Finding> compare_with_tree(const document::Document& lock,
                                                            std::span<const image::Occurrence> occurrences,
                                                            const std::string& lock_file, bool complete);

// The place of an occurrence, without its line: findings get that from the file when they are shown.
[[nodiscard]] Place place_of(const image::Occurrence& occurrence);

}  // namespace lock::ops
