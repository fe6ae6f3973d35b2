#include "lockfile/ops/update_work.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "lockfile/ops/finding.hpp"

namespace lock::ops {
namespace {

using image::Reference;

// An entry whose seal is broken, and both of two with one reference (the reader keeps the first): which is right nobody
// knows. Whom any of them names must have signed what takes their place.
void doubt_rejected(UpdateWork& work) {
  for (document::Entry entry : work.lock.reading.rejected) {
    if (const document::Entry* other = work.old.find(entry.reference)) {
      entry.signers.insert(entry.signers.end(), other->signers.begin(), other->signers.end());
    }
    document::sort_signers(entry.signers);
    entry.without_signer = document::Unsigned::undetermined;
    work.doubtful.insert(entry.reference);
    work.old.insert(std::move(entry));
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
    work.lock.reading = {start->document, {}, {}};
    work.doubtful = start->doubtful;
  }
  work.old = work.lock.reading.document;
  work.blocked = !std::ranges::all_of(work.lock.reading.findings, [&selection](const image::Finding& finding) {
    return !finding.reference.empty() && selection.has(Reference::parse(finding.reference).value());
  });
  doubt_rejected(work);
  return work;
}

Result<void> check_selection(const Selection& selection, const std::vector<UpdateWork>& works) {
  std::vector<Reference> known;
  for (const UpdateWork& work : works) {
    for (const document::Entry& entry : work.old.entries()) known.push_back(entry.reference);
    for (const image::Finding& finding : work.lock.reading.findings) {
      if (!finding.reference.empty()) known.push_back(Reference::parse(finding.reference).value());
    }
    for (const image::Occurrence* place : work.places.all()) {
      if (place->status == image::Status::resolved && place->reference) known.push_back(*place->reference);
    }
  }
  return selection.require_known(known);
}

Result<void> gather_places(const Workspace& workspace, const Scan& scan, const std::vector<RenderedText>& rendered,
                           std::vector<UpdateWork>& works, UpdateResult& result) {
  for (UpdateWork& work : works) work.places = Places(work.scan->occurrences);
  const auto begin = works.begin() + (rendered.empty() ? 0 : 1);
  for (auto work = begin; work != works.end(); ++work) work->places.add_rendered(work->old, work->scope->lock_file);
  if (rendered.empty()) return {};
  auto images = read_rendered_images(workspace, rendered);
  if (!images) return std::unexpected(std::move(images.error()));
  std::vector<const document::Document*> locks;
  for (const UpdateWork& work : works) locks.push_back(&work.old);
  UpdateWork& first = works.front();
  first.places.add_rendered(only_rendered(workspace, scan, locks, *images));
  // Text that could not be read may name what seems to be gone.
  if (!images->undetermined.empty()) first.places.add_rendered(first.old, first.scope->lock_file);
  for (const image::Occurrence& occurrence : images->occurrences) {
    if (occurrence.reference || occurrence.occurrence_class == image::Class::guessed) continue;
    Findings(workspace, *first.scope, result.findings).add(unrendered(occurrence));
  }
  std::ranges::move(images->findings, std::back_inserter(result.findings));
  std::ranges::move(images->undetermined, std::back_inserter(result.undetermined));
  return {};
}

}  // namespace lock::ops
