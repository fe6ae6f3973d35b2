#include "lockfile/ops/pin.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "lockfile/ops/demand.hpp"
#include "lockfile/ops/finding.hpp"
#include "lockfile/ops/lock_file.hpp"
#include "lockfile/ops/selection.hpp"
#include "lockfile/ops/source_edit.hpp"
#include "resolver/base/file.hpp"

namespace lock::ops {
namespace {

using image::Occurrence;
using image::Reference;

// What is to be done in each file, over all scopes.
class Editing {
 public:
  Editing(const Workspace& workspace, const Scan& scan, const PinOptions& options)
      : workspace_(workspace), options_(options) {
    for (const ScopeScan& scope : scan.scopes) {
      for (const Occurrence& occurrence : scope.occurrences) all_[occurrence.file].push_back(&occurrence);
    }
  }

  void keep(const Occurrence& occurrence, std::string reason) {
    result_.kept.push_back({occurrence.reference ? occurrence.reference->canonical() : occurrence.written,
                            std::move(reason), place_of(occurrence)});
  }

  void same() { ++result_.unchanged; }

  void intend(const Occurrence& occurrence, Result<std::vector<collect::Edit>> edits, Reference after) {
    if (!edits) return keep(occurrence, edits.error().message);
    if (edits->empty()) return same();
    const bool here =
        std::ranges::all_of(*edits, [&](const collect::Edit& edit) { return edit.file == occurrence.file; });
    if (!here) return keep(occurrence, "its value stands in " + edits->front().file);
    intents_[occurrence.file].push_back({&occurrence, std::move(*edits), std::move(after)});
  }

  Result<PinResult> finish() {
    for (const auto& [file, intents] : intents_) {
      auto edited = edit_source(workspace_, file, all_.at(file), intents);
      if (!edited) return std::unexpected(std::move(edited.error()));
      for (const auto& [intent, why] : edited->refused) keep(*intent->occurrence, why);
      if (edited->made.empty()) continue;
      if (auto written = write(file, *edited); !written) return std::unexpected(std::move(written.error()));
      for (const Intent* intent : edited->made) {
        const Reference& before = *intent->occurrence->reference;
        const auto& digest = intent->after.digest() ? intent->after.digest() : before.digest();
        result_.changed.push_back({before.canonical(), digest->text(), place_of(*intent->occurrence)});
      }
      result_.files.push_back({file, std::move(edited->before), std::move(edited->after)});
    }
    const auto by_place = [](const auto& row) { return std::tie(row.place.file, row.place.position, row.reference); };
    std::ranges::stable_sort(result_.kept, {}, by_place);
    std::ranges::stable_sort(result_.changed, {}, by_place);
    return std::move(result_);
  }

 private:
  Result<void> write(const std::string& file, const EditedSource& edited) {
    if (options_.dry_run) return {};
    // The last look before the write: what an editor saved in between is not lost.
    if (read_source(workspace_, file) != edited.before) {
      return fail(ErrorKind::io, file + " changed while it was being written", "run this again");
    }
    return base::write_file_atomically(workspace_.root / file, edited.after);
  }

  const Workspace& workspace_;
  const PinOptions& options_;
  std::map<std::string, std::vector<const Occurrence*>> all_;
  std::map<std::string, std::vector<Intent>> intents_;
  PinResult result_;
};

Result<Selection> select(const Scan& scan, const PinOptions& options) {
  auto selection = Selection::make(options.images, options.images.empty());
  if (!selection) return selection;
  std::vector<Reference> known;
  for (const ScopeScan& scope : scan.scopes) {
    for (const Occurrence& occurrence : scope.occurrences) {
      if (occurrence.reference) known.push_back(*occurrence.reference);
    }
  }
  if (auto named = selection->require_known(known); !named) return std::unexpected(std::move(named.error()));
  return selection;
}

}  // namespace

Result<PinResult> pin(const Workspace& workspace, const Scan& scan, const PinOptions& options) {
  const auto selection = select(scan, options);
  if (!selection) return std::unexpected(selection.error());
  if (auto locks = require_locks(workspace); !locks) return std::unexpected(std::move(locks.error()));
  Editing editing(workspace, scan, options);
  for (std::size_t i = 0; i < workspace.scopes.size(); ++i) {
    const auto lock = read_lock(workspace, workspace.scopes[i]);
    if (!lock) return std::unexpected(lock.error());
    const document::Document& document = lock->reading.document;
    const Demands wanted = demands_of(scan.scopes[i].occurrences, [&document](const Reference& tag) {
      const document::Entry* entry = document.find(tag);
      return entry != nullptr ? std::optional(entry->digest) : std::nullopt;
    });
    for (const Demand& demand : wanted.demands) {
      const document::Entry* entry = document.find(demand.key);
      for (const Occurrence* occurrence : demand.occurrences) {
        const Reference& reference = *occurrence->reference;
        const bool guess = occurrence->occurrence_class == image::Class::guessed;
        if (!selection->has(reference)) continue;
        if (reference.digest()) {
          editing.same();  // a written digest is what the place wants
        } else if (guess && options.images.empty()) {
          editing.keep(*occurrence, "it only looks like an image; name it to have it pinned");
        } else if (entry == nullptr) {
          editing.keep(*occurrence, "it is not in " + workspace.scopes[i].lock_file);
        } else {
          editing.intend(*occurrence, collect::pin_edits(*occurrence, entry->digest),
                         reference.with_digest(entry->digest));
        }
      }
    }
    if (!options.images.empty()) continue;
    for (const Occurrence& occurrence : scan.scopes[i].occurrences) {
      if (occurrence.status == image::Status::unresolved) editing.keep(occurrence, occurrence.reason);
    }
  }
  return editing.finish();
}

Result<PinResult> unpin(const Workspace& workspace, const Scan& scan, const PinOptions& options) {
  const auto selection = select(scan, options);
  if (!selection) return std::unexpected(selection.error());
  Editing editing(workspace, scan, options);
  for (const ScopeScan& scope : scan.scopes) {
    for (const Occurrence& occurrence : scope.occurrences) {
      if (occurrence.status != image::Status::resolved || !occurrence.reference) continue;
      const Reference& reference = *occurrence.reference;
      if (!reference.digest() || !selection->has(reference)) continue;
      if (!reference.tag()) {
        editing.keep(occurrence, "it has no tag that would be left");
        continue;
      }
      const auto bytes = read_source(workspace, occurrence.file);
      if (!bytes) return fail(ErrorKind::io, "cannot read " + occurrence.file + " again");
      editing.intend(occurrence, collect::unpin_edits(occurrence, *bytes), reference.without_digest());
    }
  }
  return editing.finish();
}

}  // namespace lock::ops
