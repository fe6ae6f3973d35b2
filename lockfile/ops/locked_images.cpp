#include "lockfile/ops/locked_images.hpp"

#include <algorithm>

namespace lock::ops {

using document::Entry;

std::vector<image::Repository> behind_mirror(const image::Repository& repository,
                                             const std::map<std::string, settings::Registry>& registries) {
  const std::string written = repository.name();
  std::vector<image::Repository> found;
  for (const auto& [name, registry] : registries) {
    for (const settings::Mirror& mirror : registry.mirrors) {
      const std::string prefix = (mirror.prefix.empty() ? mirror.host : mirror.host + "/" + mirror.prefix) + "/";
      if (written.starts_with(prefix)) found.push_back({name, written.substr(prefix.size())});
    }
  }
  std::ranges::stable_sort(found, {}, [](const image::Repository& one) { return one.path.size(); });
  return found;
}

LockedImages::LockedImages(const std::vector<document::Document>& documents,
                           const std::map<std::string, settings::Registry>& registries)
    : registries_(registries) {
  for (const document::Document& document : documents) {
    for (const Entry& entry : document.entries()) repositories_[entry.reference.repository()].push_back(&entry);
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
  if (!found.empty()) return found;
  for (const image::Repository& behind : behind_mirror(reference.repository(), registries_)) {
    found = find_exact(behind, reference.tag());
    if (!found.empty()) break;
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
