#include "lockfile/ops/pin.hpp"

#include <map>
#include <optional>
#include <utility>

#include "lockfile/ops/demand.hpp"
#include "lockfile/ops/finding.hpp"
#include "lockfile/ops/lock_file.hpp"
#include "lockfile/ops/targets.hpp"

namespace lock::ops {
namespace {

using image::Occurrence;
using image::Reference;
using Why = KeptPlace::Why;

Result<PinResult> finish(Editing& editing, const Opened& opened, const Scan& scan, const PinOptions& options) {
  if (auto proven = editing.prove(); !proven) return std::unexpected(std::move(proven.error()));
  if (!options.dry_run) editing.write();
  PinResult result{editing.take(), {}, scan.undetermined};
  for (const image::Finding& finding : scan.findings) {
    if (finding.check != "unresolved-reference") result.findings.push_back(finding);  // these are among the kept
  }
  judge_kept(opened, result.kept, result.findings, result.undetermined);
  sort_findings(result.findings);
  sort_undetermined(result.undetermined);
  return result;
}

}  // namespace

Result<PinResult> pin(const Opened& opened, const Scan& scan, const PinOptions& options) {
  const Workspace& workspace = opened.workspace;
  const auto targets = Targets::make(opened, scan, options.start, options.targets);
  if (!targets) return std::unexpected(targets.error());
  if (auto locks = require_locks(workspace); !locks) return std::unexpected(std::move(locks.error()));
  Editing editing(opened, scan);
  for (std::size_t i = 0; i < workspace.scopes.size(); ++i) {
    const auto lock = read_lock(workspace, workspace.scopes[i]);
    if (!lock) return std::unexpected(lock.error());
    const document::Document& document = lock->reading.document;
    const Demands wanted = demands_in(scan.scopes[i].occurrences, document);
    for (const Demand& demand : wanted.demands) {
      const document::Entry* entry = document.find(demand.key);
      for (const Occurrence* occurrence : demand.occurrences) {
        const Reference& reference = *occurrence->reference;
        const bool guess = occurrence->occurrence_class == image::Class::guessed;
        if (!targets->has(*occurrence)) continue;
        if (reference.digest()) {
          editing.same();  // a written digest is what the place wants
        } else if (guess && !targets->names_images()) {
          editing.keep(*occurrence, Why::cannot, "it only looks like an image; name it to have it pinned");
        } else if (entry == nullptr) {
          editing.keep(*occurrence, Why::not_locked, "it is not in " + workspace.scopes[i].lock_file);
        } else {
          editing.intend(*occurrence, collect::pin_edits(*occurrence, entry->digest),
                         reference.with_digest(entry->digest));
        }
      }
    }
    for (const Occurrence& occurrence : scan.scopes[i].occurrences) {
      if (occurrence.status == image::Status::unresolved && targets->has(occurrence)) {
        editing.keep(occurrence, Why::cannot, occurrence.reason);
      }
    }
  }
  return finish(editing, opened, scan, options);
}

Result<PinResult> unpin(const Opened& opened, const Scan& scan, const PinOptions& options) {
  const auto targets = Targets::make(opened, scan, options.start, options.targets);
  if (!targets) return std::unexpected(targets.error());
  Editing editing(opened, scan);
  std::map<std::string, std::optional<Bytes>> files;
  for (const ScopeScan& scope : scan.scopes) {
    for (const Occurrence& occurrence : scope.occurrences) {
      if (occurrence.status != image::Status::resolved || !occurrence.reference) continue;
      const Reference& reference = *occurrence.reference;
      if (!reference.digest() || !targets->has(occurrence)) continue;
      if (!reference.tag()) {
        editing.keep(occurrence, Why::cannot, "it has no tag that would be left");
        continue;
      }
      const std::string& file = occurrence.file;
      const auto read = files.find(file);
      const auto& bytes =
          read != files.end() ? read->second : files.emplace(file, read_source(opened.workspace, file)).first->second;
      if (!bytes) {
        editing.keep(occurrence, Why::failed, "the file cannot be read again");
        continue;
      }
      editing.intend(occurrence, collect::unpin_edits(occurrence, *bytes), reference.without_digest());
    }
  }
  return finish(editing, opened, scan, options);
}

}  // namespace lock::ops
