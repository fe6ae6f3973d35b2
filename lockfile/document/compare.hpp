// What differs between two locks.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lockfile/document/document.hpp"

namespace lock::document {

enum class Change : std::uint8_t { added, removed, digest, signers, platforms, origin };

[[nodiscard]] std::string_view name_of(Change change);

struct Difference {
  Change change;
  std::optional<Entry> before;  // absent when added
  std::optional<Entry> after;   // absent when removed
  [[nodiscard]] const Entry& either() const { return after ? *after : before.value(); }
};

// Sorted by key. An entry whose digest changed is that one difference, whatever else of it did; one whose digest is the
// same and whose signers are not is `signers`; `origin` is one of which nothing else changed.
[[nodiscard]] std::vector<Difference> compare(const Document& before, const Document& after);

}  // namespace lock::document
