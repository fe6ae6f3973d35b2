#include "lockfile/document/compare.hpp"

#include <utility>

namespace lock::document {

std::string_view name_of(Change change) {
  switch (change) {
    case Change::added: return "added";
    case Change::removed: return "removed";
    case Change::digest: return "digest";
    case Change::signers: return "signers";
    case Change::platforms: return "platforms";
    case Change::origin: return "origin";
  }
  std::unreachable();
}

std::vector<Difference> compare(const Document& before, const Document& after) {
  std::vector<Difference> differences;
  auto old = before.entries().begin();
  auto fresh = after.entries().begin();
  while (old != before.entries().end() || fresh != after.entries().end()) {
    const bool only_old =
        fresh == after.entries().end() || (old != before.entries().end() && old->key() < fresh->key());
    const bool only_fresh = !only_old && (old == before.entries().end() || fresh->key() < old->key());
    if (only_old) {
      differences.push_back({Change::removed, *old++, std::nullopt});
    } else if (only_fresh) {
      differences.push_back({Change::added, std::nullopt, *fresh++});
    } else {
      if (old->digest != fresh->digest) {
        differences.push_back({Change::digest, *old, *fresh});
      } else if (!same_signatures(*old, *fresh)) {
        differences.push_back({Change::signers, *old, *fresh});
      } else if (old->media_type != fresh->media_type || old->platforms != fresh->platforms) {
        differences.push_back({Change::platforms, *old, *fresh});
      } else if (*old != *fresh) {
        differences.push_back({Change::origin, *old, *fresh});
      }
      ++old;
      ++fresh;
    }
  }
  return differences;
}

}  // namespace lock::document
