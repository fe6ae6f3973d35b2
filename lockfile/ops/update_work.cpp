#include "lockfile/ops/update_work.hpp"

#include <algorithm>
#include <utility>

namespace lock::ops {
namespace {

using image::Reference;

// The reader keeps the first of two entries with one reference; which of them is right nobody knows.
void drop_doubtful(UpdateWork& work) {
  for (const image::Finding& finding : work.lock.reading.findings) {
    if (!finding.reference.empty()) work.old.remove(finding.reference);
  }
}

}  // namespace

Result<UpdateWork> open_work(const Workspace& workspace, std::size_t scope, const Scan& scan, const StartingLock* start,
                             const Selection& selection) {
  UpdateWork work;
  work.scope = &workspace.scopes[scope];
  work.scan = &scan.scopes[scope];
  auto lock = read_lock(workspace, *work.scope);
  if (!lock) return std::unexpected(std::move(lock.error()));
  work.lock = std::move(*lock);
  if (start != nullptr) {
    work.lock.reading = {start->document, {}};
    work.doubtful = start->doubtful;
  }
  work.old = work.lock.reading.document;
  work.blocked = !std::ranges::all_of(work.lock.reading.findings, [&selection](const image::Finding& finding) {
    return !finding.reference.empty() && selection.has(Reference::parse(finding.reference).value());
  });
  drop_doubtful(work);
  return work;
}

Result<void> check_selection(const Selection& selection, const std::vector<UpdateWork>& works) {
  std::vector<Reference> known;
  for (const UpdateWork& work : works) {
    for (const document::Entry& entry : work.old.entries()) known.push_back(entry.reference);
    for (const image::Finding& finding : work.lock.reading.findings) {
      if (!finding.reference.empty()) known.push_back(Reference::parse(finding.reference).value());
    }
    for (const image::Occurrence& occurrence : work.scan->occurrences) {
      if (occurrence.status == image::Status::resolved && occurrence.reference) {
        known.push_back(*occurrence.reference);
      }
    }
  }
  return selection.require_known(known);
}

}  // namespace lock::ops
