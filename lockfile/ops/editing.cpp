#include "lockfile/ops/editing.hpp"

#include <algorithm>
#include <utility>

#include "lockfile/ops/finding.hpp"
#include "lockfile/ops/neighbours.hpp"
#include "resolver/base/file.hpp"

namespace lock::ops {
namespace {

using image::Occurrence;
using Why = KeptPlace::Why;

std::string_view reason_of(EditedSource::Refusal refusal) {
  switch (refusal) {
    case EditedSource::Refusal::changed_meanwhile: return "the file changed meanwhile";
    case EditedSource::Refusal::shared: return "its text is shared with another place, which would change too";
    case EditedSource::Refusal::unproven: return "the edited file would not say what it should";
  }
  std::unreachable();
}

}  // namespace

void judge_kept(const Opened& opened, const std::vector<KeptPlace>& kept, std::vector<image::Finding>& findings,
                std::vector<image::Undetermined>& undetermined) {
  for (const KeptPlace& place : kept) {
    if (place.why == Why::cannot) continue;
    const bool failed = place.why == Why::failed;
    image::Finding finding =
        finding_of(failed ? "source-changed" : "image-not-locked",
                   place.reference + (failed ? " was not written here" : " is not pinned: " + place.reason),
                   failed ? "run this again" : "run `lock update`");
    finding.reference = place.reference;
    finding.place = place.place;
    if (failed) {
      undetermined.push_back({std::move(finding), place.reason});
      continue;
    }
    const tree::ListedFile* file = opened.listing.find(place.place.file);
    const Scope& scope = opened.workspace.scopes[file == nullptr ? 0 : file->scope];
    Findings(opened.workspace, scope, findings).add(std::move(finding));
  }
}

Editing::Editing(const Opened& opened, const Scan& scan) : opened_(opened) {
  for (const ScopeScan& scope : scan.scopes) {
    for (const Occurrence& occurrence : scope.occurrences) add_by_source(occurrence, all_);
  }
}

void Editing::keep(const Occurrence& occurrence, Why why, std::string reason) {
  result_.kept.push_back({occurrence.reference ? occurrence.reference->canonical() : occurrence.written, why,
                          std::move(reason), place_of(occurrence)});
}

void Editing::intend(const Occurrence& occurrence, Result<std::vector<collect::Edit>> edits, image::Reference after) {
  if (!edits) return keep(occurrence, Why::cannot, edits.error().message);
  if (edits->empty()) return same();
  const std::string file = edits->front().file;
  if (!std::ranges::all_of(*edits, [&file](const collect::Edit& edit) { return edit.file == file; })) {
    return keep(occurrence, Why::cannot, "its parts stand in two files");
  }
  if (file != occurrence.file) return keep(occurrence, Why::cannot, "its value stands in " + file);
  intents_[file].push_back({&occurrence, std::move(*edits), std::move(after)});
}

Result<void> Editing::prove() {
  if (intents_.empty()) return {};
  auto reader = NeighbourReader::of(opened_.listing);
  if (!reader) return std::unexpected(std::move(reader.error()));
  for (const auto& [file, intents] : intents_) {
    auto bytes = read_source(opened_.workspace, file);
    if (!bytes) {
      for (const Intent& intent : intents) keep(*intent.occurrence, Why::failed, "the file cannot be read again");
      continue;
    }
    EditedSource edited =
        edit_text(file, std::move(*bytes), Neighbours(*reader), collecting_of(opened_), all_, intents);
    for (const auto& [intent, refusal] : edited.refused) {
      const bool changed = refusal == EditedSource::Refusal::changed_meanwhile;
      keep(*intent->occurrence, changed ? Why::failed : Why::cannot, std::string(reason_of(refusal)));
    }
    if (!edited.made.empty()) edited_.emplace(file, std::move(edited));
  }
  return {};
}

bool Editing::made(const Occurrence& occurrence) const {
  return std::ranges::any_of(edited_, [&occurrence](const auto& entry) {
    return std::ranges::any_of(entry.second.made,
                               [&occurrence](const Intent* intent) { return intent->occurrence == &occurrence; });
  });
}

void Editing::write() {
  std::erase_if(edited_, [&](const auto& entry) {
    const auto& [file, edited] = entry;
    // The last look before the write: what an editor saved in between is not lost.
    const bool same = read_source(opened_.workspace, file) == edited.before;
    std::string reason = "the file changed meanwhile";
    if (same) {
      const auto written = base::write_file_atomically(opened_.workspace.root / file, edited.after);
      if (written) return false;
      reason = base::describe(written.error());
    }
    for (const Intent* intent : edited.made) keep(*intent->occurrence, Why::failed, reason);
    return true;
  });
}

EditingResult Editing::take() {
  for (auto& [file, edited] : edited_) {
    for (const Intent* intent : edited.made) {
      const image::Reference& before = *intent->occurrence->reference;
      const auto& digest = intent->after.digest() ? intent->after.digest() : before.digest();
      result_.changed.push_back(
          {intent->after.without_digest().canonical(), digest->text(), place_of(*intent->occurrence)});
    }
    result_.files.push_back({file, std::move(edited.before), std::move(edited.after)});
  }
  const auto by_place = [](const auto& row) { return std::tie(row.place.file, row.place.position, row.reference); };
  std::ranges::stable_sort(result_.kept, {}, by_place);
  std::ranges::stable_sort(result_.changed, {}, by_place);
  return std::move(result_);
}

}  // namespace lock::ops
