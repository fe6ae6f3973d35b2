#include "lockfile/ops/locked_images.hpp"

namespace lock::ops {

using document::Entry;

LockedImages::LockedImages(const std::vector<document::Document>& documents,
                           const std::map<std::string, settings::Registry>& registries) {
  for (const document::Document& document : documents) {
    for (const Entry& entry : document.entries()) repositories_[entry.reference.repository()].push_back(&entry);
  }
  for (const auto& [name, registry] : registries) {
    for (const settings::Mirror& mirror : registry.mirrors) {
      mirrors_.emplace_back(mirror.prefix.empty() ? mirror.host : mirror.host + "/" + mirror.prefix, name);
    }
  }
}

std::vector<const Entry*> LockedImages::find_exact(const image::Repository& repository,
                                                   const std::optional<std::string>& tag) const {
  const auto entries = repositories_.find(repository);
  if (entries == repositories_.end()) return {};
  if (!tag) return entries->second;
  std::vector<const Entry*> found;
  for (const Entry* entry : entries->second) {
    if (entry->reference.tag() == tag) found.push_back(entry);
  }
  return found;
}

std::vector<const Entry*> LockedImages::find(const image::Reference& reference) const {
  auto found = find_exact(reference.repository(), reference.tag());
  const std::string name = reference.repository().name();
  for (const auto& [prefix, registry] : mirrors_) {
    if (!found.empty()) break;
    if (name.starts_with(prefix + "/")) {
      found = find_exact({registry, name.substr(prefix.size() + 1)}, reference.tag());
    }
  }
  return found;
}

DigestMatch LockedImages::match(const std::vector<const Entry*>& entries, const image::Digest& digest) {
  for (const Entry* entry : entries) {
    if (entry->digest == digest) return {entry, nullptr};
  }
  for (const Entry* entry : entries) {
    for (const document::PlatformDigest& row : entry->platforms) {
      if (row.digest == digest) return {entry, &row};
    }
  }
  return {};
}

}  // namespace lock::ops
