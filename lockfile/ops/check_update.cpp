// `update --check`: the same comparison as an update, without asking anybody.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "lockfile/ops/demand.hpp"
#include "lockfile/ops/finding.hpp"
#include "lockfile/ops/lock_file.hpp"
#include "lockfile/ops/update.hpp"

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

void compare(const Scope& scope, const ScopeScan& scan, const Document& lock, UpdateResult& result) {
  const Demands wanted = demands_in(scan.occurrences, lock);
  std::set<std::string> used;
  for (const Demand& demand : wanted.demands) {
    const std::string key = demand.key.canonical();
    const Entry* entry = lock.find(key);
    used.insert(key);
    const std::string at = where(*demand.occurrences.front());
    if (entry == nullptr) {
      if (!demand.declared()) continue;  // a guess that did not resolve is no difference
      result.changes.push_back(change_of(scope, key, Change::added, "named in " + at));
    } else if (demand.pin && entry->digest != *demand.pin) {
      result.changes.push_back(change_of(scope, key, Change::digest, "pinned in " + at));
      result.changes.back().old_digest = entry->digest.text();
    } else {
      ++result.counts.kept;
      continue;
    }
    if (demand.pin) result.changes.back().new_digest = demand.pin->text();
  }
  result.counts.entries += lock.entries().size();
  for (const Entry& entry : lock.entries()) {
    if (scan.incomplete || used.contains(entry.key())) continue;
    result.changes.push_back(change_of(scope, entry.key(), Change::removed, "no file names it"));
    result.changes.back().old_digest = entry.digest.text();
  }
}

}  // namespace

Result<UpdateResult> check_update(const Workspace& workspace, const Scan& scan) {
  UpdateResult result;
  for (std::size_t i = 0; i < workspace.scopes.size(); ++i) {
    const Scope& scope = workspace.scopes[i];
    auto lock = read_lock(workspace, scope);
    if (!lock) return std::unexpected(std::move(lock.error()));
    auto& found = lock->reading.findings;
    if (found.empty()) compare(scope, scan.scopes[i], lock->reading.document, result);
    std::ranges::move(found, std::back_inserter(result.findings));
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
