// `lock update`: brings a lock in line with its tree by the smallest change.
//
// In: the lock as it is, the occurrences of its scope, a registry. Out: the lock as it should be and what changed, or
// was held back, and why. Nothing is written here. What is certain changes; an entry that could not be judged keeps
// what it has and is listed as undetermined.
//
// A known tag is not asked again unless it is named or `upgrade` is set: a warm update of an unchanged tree makes no
// request. A digest is fetched once, and only when the lock does not hold it under the same key.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lockfile/document/document.hpp"
#include "resolver/base/error.hpp"
#include "resolver/image/finding.hpp"
#include "resolver/image/occurrence.hpp"
#include "resolver/image/registry.hpp"

namespace lock::ops {

struct UpdateOptions {
  std::vector<std::string> images;  // resolved anew; a name without tag means every tag of it that the tree uses
  bool upgrade = false;             // all are resolved anew
  bool allow_missing_platforms = false;
  std::vector<image::Platform> platforms;  // that this repository uses; empty: those that an entry already has
  bool complete = true;                    // every file was read: only then is an entry without a place dropped
};

enum class ChangeKind : std::uint8_t { added, removed, digest, held_back };
[[nodiscard]] std::string_view name_of(ChangeKind kind);

struct LockChange {
  ChangeKind kind;
  std::string reference;  // key
  std::string before;     // digest, empty when added
  std::string after;      // digest, empty when removed; of a held back change, the digest that was not taken
  std::string reason;
};

struct UpdateResult {
  document::Document lock;
  std::vector<LockChange> changes;  // sorted by reference
  std::vector<image::Finding> findings;
  std::vector<image::Undetermined> undetermined;
};

// ErrorKind::usage when one of `images` is no reference or nothing in the tree uses it.
[[nodiscard]] Result<UpdateResult> update(const document::Document& before,
                                          std::span<const image::Occurrence> occurrences, image::Registry& registry,
                                          const UpdateOptions& options);

}  // namespace lock::ops
