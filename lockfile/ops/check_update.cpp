// `update --check`: the same comparison as an update, without asking anybody.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "lockfile/ops/demand.hpp"
#include "lockfile/ops/finding.hpp"
#include "lockfile/ops/update.hpp"
#include "lockfile/ops/update_changes.hpp"
#include "lockfile/ops/update_work.hpp"

namespace lock::ops {
namespace {

using document::Change;
using document::Document;
using document::Entry;

UpdateChange change_of(const Scope& scope, const std::string& key, Change change, std::string reason) {
  UpdateChange made;
  made.lock_file = scope.lock_file;
  made.reference = key;
  made.change = change;
  made.reason = std::move(reason);
  return made;
}

void compare(const UpdateWork& work, UpdateResult& result) {
  const Scope& scope = *work.scope;
  const Document& lock = work.old;
  const Demands wanted = demands_of(work.places.all(), [&lock](const image::Reference& tag) {
    const Entry* entry = lock.find(tag);
    return entry != nullptr ? std::optional(entry->digest) : std::nullopt;
  });
  std::set<std::string> used;
  for (const Demand& demand : wanted.demands) {
    const std::string key = demand.key.canonical();
    const Entry* entry = lock.find(key);
    used.insert(key);
    const std::string named = named_in(work.places, demand);
    if (entry == nullptr) {
      if (!demand.declared()) continue;  // a guess that did not resolve is no difference
      result.changes.push_back(change_of(scope, key, Change::added, named));
    } else if (demand.pin && entry->digest != *demand.pin) {
      result.changes.push_back(
          change_of(scope, key, Change::digest, "pinned in " + where(*demand.occurrences.front())));
      result.changes.back().old_digest = entry->digest.text();
    } else if (const auto origin = work.places.origin_of(demand); origin != entry->origin && !work.scan->incomplete) {
      result.changes.push_back(
          change_of(scope, key, Change::origin, origin == document::Origin::tree ? named : "only rendering shows it"));
      result.changes.back().old_digest = result.changes.back().new_digest = entry->digest.text();
    } else {
      ++result.counts.kept;
      continue;
    }
    if (demand.pin) result.changes.back().new_digest = demand.pin->text();
  }
  result.counts.entries += lock.entries().size();
  for (const Entry& entry : lock.entries()) {
    if (entry.origin == document::Origin::rendered) ++result.counts.rendered;
    if (work.scan->incomplete || used.contains(entry.key())) continue;
    result.changes.push_back(change_of(scope, entry.key(), Change::removed, why_removed(entry)));
    result.changes.back().old_digest = entry.digest.text();
  }
}

}  // namespace

Result<UpdateResult> check_update(const Workspace& workspace, const Scan& scan,
                                  const std::vector<RenderedText>& rendered) {
  UpdateResult result;
  std::vector<UpdateWork> works;
  for (std::size_t i = 0; i < workspace.scopes.size(); ++i) {
    auto work = open_work(workspace, i, scan, nullptr, {});
    if (!work) return std::unexpected(std::move(work.error()));
    works.push_back(std::move(*work));
  }
  if (auto done = gather_places(workspace, scan, rendered, works, result); !done) {
    return std::unexpected(std::move(done.error()));
  }
  for (UpdateWork& work : works) {
    if (work.lock.reading.findings.empty()) compare(work, result);
    std::ranges::move(work.lock.reading.findings, std::back_inserter(result.findings));
  }
  std::ranges::stable_sort(result.changes, [](const UpdateChange& a, const UpdateChange& b) {
    return std::tie(a.lock_file, a.reference) < std::tie(b.lock_file, b.reference);
  });
  result.findings.insert(result.findings.end(), scan.findings.begin(), scan.findings.end());
  result.undetermined.insert(result.undetermined.end(), scan.undetermined.begin(), scan.undetermined.end());
  sort_findings(result.findings);
  sort_undetermined(result.undetermined);
  return result;
}

}  // namespace lock::ops
