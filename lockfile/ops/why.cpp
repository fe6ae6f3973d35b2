#include "lockfile/ops/why.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "lockfile/ops/demand.hpp"
#include "lockfile/ops/lock_file.hpp"
#include "lockfile/ops/selection.hpp"
#include "resolver/base/text.hpp"

namespace lock::ops {
namespace {

using image::Occurrence;

bool holds(const document::Entry& entry, const image::Digest& digest) {
  return entry.digest == digest || std::ranges::any_of(entry.platforms, [&](const document::PlatformDigest& row) {
           return row.digest == digest;
         });
}

// Places whose entry is, or holds, the digest; and places that write it, locked or not.
Result<std::set<const Occurrence*>> by_digest(const Workspace& workspace, const Scan& scan,
                                              const image::Digest& digest) {
  std::set<const Occurrence*> found;
  for (std::size_t i = 0; i < workspace.scopes.size(); ++i) {
    auto lock = read_lock(workspace, workspace.scopes[i]);
    if (!lock) return std::unexpected(std::move(lock.error()));
    const document::Document& document = lock->reading.document;
    const Demands wanted = demands_in(scan.scopes[i].occurrences, document);
    for (const Demand& demand : wanted.demands) {
      const document::Entry* entry = document.find(demand.key);
      if (entry != nullptr && holds(*entry, digest)) found.insert(demand.occurrences.begin(), demand.occurrences.end());
    }
    for (const Occurrence& occurrence : scan.scopes[i].occurrences) {
      if (occurrence.reference && occurrence.reference->digest() == digest) found.insert(&occurrence);
    }
  }
  return found;
}

// The locks that hold what was asked for because of a rendering.
Result<std::vector<RenderedEntry>> rendered_entries(const Workspace& workspace,
                                                    const std::function<bool(const document::Entry&)>& is_asked) {
  std::vector<RenderedEntry> found;
  for (const Scope& scope : workspace.scopes) {
    auto lock = read_lock(workspace, scope);
    if (!lock) return std::unexpected(std::move(lock.error()));
    for (const document::Entry& entry : lock->reading.document.entries()) {
      if (entry.origin != document::Origin::rendered || !is_asked(entry)) continue;
      found.push_back({scope.lock_file, entry.reference});
    }
  }
  return found;
}

WhyResult result_of(std::string reference, const std::set<const Occurrence*>& found,
                    std::vector<RenderedEntry> rendered) {
  WhyResult result{std::move(reference), {found.begin(), found.end()}, std::move(rendered)};
  std::ranges::sort(result.occurrences, [](const Occurrence* a, const Occurrence* b) {
    return std::tie(a->file, a->span, a->path) < std::tie(b->file, b->span, b->path);
  });
  return result;
}

}  // namespace

Result<WhyResult> why(const Workspace& workspace, const Scan& scan, const std::string& asked) {
  if (const auto digest = image::Digest::parse(asked)) {
    auto found = by_digest(workspace, scan, *digest);
    if (!found) return std::unexpected(std::move(found.error()));
    auto rendered = rendered_entries(workspace, [&digest](const auto& entry) { return holds(entry, *digest); });
    if (!rendered) return std::unexpected(std::move(rendered.error()));
    if (found->empty() && rendered->empty()) {
      return fail(ErrorKind::usage, "no file brings in " + digest->text(),
                  "`lock list` shows the digests that are locked");
    }
    return result_of(digest->text(), *found, std::move(*rendered));
  }
  const auto selection = Selection::make(std::span(&asked, 1), false);
  if (!selection) return std::unexpected(selection.error());
  std::set<const Occurrence*> found;
  std::vector<image::Reference> known;
  for (const ScopeScan& scope : scan.scopes) {
    for (const Occurrence& occurrence : scope.occurrences) {
      if (!occurrence.reference) continue;
      known.push_back(*occurrence.reference);
      if (selection->has(*occurrence.reference)) found.insert(&occurrence);
    }
  }
  auto rendered = rendered_entries(workspace, [&](const auto& entry) { return selection->has(entry.reference); });
  if (!rendered) return std::unexpected(std::move(rendered.error()));
  for (const RenderedEntry& entry : *rendered) known.push_back(entry.reference);
  if (auto named = selection->require_known(known); !named) return std::unexpected(std::move(named.error()));
  const auto reference = image::Reference::parse(asked);
  const auto parts = image::split_reference(asked);
  const bool whole = reference && parts && (parts->tag || parts->digest);
  return result_of(whole       ? reference->canonical()
                   : reference ? reference->repository().name()
                               : asked,
                   found, std::move(*rendered));
}

}  // namespace lock::ops
