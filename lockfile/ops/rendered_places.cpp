#include "lockfile/ops/rendered_places.hpp"

#include <algorithm>
#include <utility>

#include "lockfile/ops/locked_images.hpp"

namespace lock::ops {
namespace {

using document::Document;
using document::Entry;
using image::Occurrence;
using image::Reference;

// What the tree itself has in the locks.
struct TreeImages {
  std::set<Reference> named;
  std::set<image::Repository> repositories;
  std::vector<Document> entries;
};

TreeImages images_of(const Scan& scan, std::span<const Document* const> locks) {
  TreeImages out;
  for (std::size_t i = 0; i < scan.scopes.size(); ++i) {
    const auto& occurrences = scan.scopes[i].occurrences;
    for (const Occurrence& occurrence : occurrences) {
      if (occurrence.status != image::Status::resolved || !occurrence.reference) continue;
      out.named.insert(*occurrence.reference);
      out.repositories.insert(occurrence.reference->repository());
    }
    Document& entries = out.entries.emplace_back();
    for (const Demand& demand : demands_in(occurrences, *locks[i]).demands) {
      if (const Entry* entry = locks[i]->find(demand.key)) entries.insert(*entry);
    }
  }
  return out;
}

}  // namespace

Places::Places(std::span<const Occurrence> tree) {
  for (const Occurrence& occurrence : tree) all_.push_back(&occurrence);
}

void Places::add(Occurrence occurrence) {
  own_.push_back(std::move(occurrence));
  all_.push_back(&own_.back());
  rendered_.insert(&own_.back());
}

void Places::add_rendered(const Document& lock, const std::string& lock_file) {
  for (const Entry& entry : lock.entries()) {
    if (entry.origin != document::Origin::rendered) continue;
    Occurrence place;
    place.written = entry.key();
    place.reference = entry.reference;
    place.file = lock_file;
    place.position.line = 0;
    add(std::move(place));
  }
}

void Places::add_rendered(const std::vector<Occurrence>& occurrences) {
  for (const Occurrence& occurrence : occurrences) add(occurrence);
}

void Places::stand_in(std::size_t index, const Reference& reference) {
  own_.push_back(*all_[index]);
  own_.back().reference = reference;
  all_[index] = &own_.back();
}

document::Origin Places::origin_of(const Demand& demand) const {
  const bool rendered =
      std::ranges::all_of(demand.occurrences, [this](const Occurrence* place) { return is_rendered(place); });
  return rendered ? document::Origin::rendered : document::Origin::tree;
}

std::vector<Occurrence> only_rendered(const Workspace& workspace, const Scan& scan,
                                      std::span<const Document* const> locks, const RenderedImages& images) {
  const TreeImages tree = images_of(scan, locks);
  const LockedImages locked(tree.entries, workspace.registries);
  std::vector<Occurrence> out;
  for (Occurrence occurrence : images.occurrences) {
    if (!occurrence.reference) continue;
    const Reference& written = *occurrence.reference;
    const auto behind = behind_mirror(written.repository(), workspace.registries);
    if (!behind.empty() && !tree.repositories.contains(written.repository())) {
      const auto known =
          std::ranges::find_if(behind, [&tree](const auto& one) { return tree.repositories.contains(one); });
      occurrence.reference =
          Reference(known == behind.end() ? behind.front() : *known, written.tag(), written.digest());
    }
    const Reference& reference = *occurrence.reference;
    if (workspace.scopes.front().policy.find_first_party(reference) != nullptr) continue;
    const bool held =
        reference.digest() && LockedImages::match(locked.find(reference), *reference.digest()).entry != nullptr;
    if (held || tree.named.contains(reference)) continue;
    occurrence.status = image::Status::resolved;
    out.push_back(std::move(occurrence));
  }
  return out;
}

}  // namespace lock::ops
