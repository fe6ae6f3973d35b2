#include "lockfile/ops/update_changes.hpp"

#include <map>
#include <utility>

#include "lockfile/document/compare.hpp"
#include "lockfile/ops/finding.hpp"

namespace lock::ops {
namespace {

using document::Change;
using image::Occurrence;

// What a registry answers when it knows no such image. Docker Hub and GHCR refuse what does not exist as they refuse
// what is private; a registry that did not answer has said nothing.
bool is_no_image(const Error& error) { return error.kind == ErrorKind::absent || error.kind == ErrorKind::refused; }

std::string reason_of(const document::Difference& difference, const Places& places, const Demand* demand) {
  switch (difference.change) {
    case Change::added: return named_in(places, *demand);
    case Change::removed: return why_removed(*difference.before);
    case Change::digest: return demand->pin ? "pinned in " + where(*demand->occurrences.front()) : "the tag moved";
    case Change::signers: return "the signatures were read anew";
    case Change::platforms: return "the platforms were read anew";
    case Change::origin:
      return difference.after->origin == document::Origin::tree ? named_in(places, *demand) : "only rendering shows it";
  }
  std::unreachable();
}

}  // namespace

std::string named_in(const Places& places, const Demand& demand) {
  const Occurrence* first = demand.occurrences.front();
  return (places.is_rendered(first) ? "rendered in " : "named in ") + where(*first);
}

std::string why_removed(const document::Entry& entry) {
  return entry.origin == document::Origin::tree ? "no file names it" : "no rendering shows it any more";
}

std::vector<UpdateChange> changes_of(const UpdateWork& work, const Demands& wanted) {
  std::map<std::string, const Demand*> by_key;
  for (const Demand& demand : wanted.demands) by_key.emplace(demand.key.canonical(), &demand);
  std::vector<UpdateChange> changes;
  for (const document::Difference& difference : document::compare(work.old, work.fresh)) {
    UpdateChange change;
    change.lock_file = work.scope->lock_file;
    change.reference = difference.either().key();
    change.change = difference.change;
    if (difference.before) {
      change.old_digest = difference.before->digest.text();
      change.old_signers = difference.before->signers;
    }
    if (difference.after) {
      change.new_digest = difference.after->digest.text();
      change.new_signers = difference.after->signers;
    }
    const auto demand = by_key.find(change.reference);
    change.reason = reason_of(difference, work.places, demand == by_key.end() ? nullptr : demand->second);
    changes.push_back(std::move(change));
  }
  return changes;
}

image::Finding entry_finding(const Demand& demand, std::string_view check, std::string message) {
  image::Finding finding = finding_at(*demand.occurrences.front(), check, std::move(message));
  finding.reference = demand.key.canonical();
  if (demand.pin) finding.digest = demand.pin->text();
  return finding;
}

Objection why_not_locked(const Demand& demand, const Error& error, bool kept) {
  const Occurrence& at = *demand.occurrences.front();
  const std::string name = demand.key.familiar();
  if (!demand.declared() && !kept && is_no_image(error)) {
    return {finding_at(at, "guessed-reference", name + " is not locked: " + base::describe(error), error.hint), {}};
  }
  const std::string tail = kept ? "; the old digest is kept" : "";
  if (error.kind == ErrorKind::absent) {
    if (demand.pin) {
      return {entry_finding(demand, "digest-gone", "the registry has no " + name + " with this digest"), {}};
    }
    if (kept) return {entry_finding(demand, "tag-gone", "the registry has no " + name + " any more" + tail), {}};
    return {entry_finding(demand, "image-absent", "the registry has no " + name), {}};
  }
  if (error.kind == ErrorKind::mismatch) {
    return {entry_finding(demand, "digest-mismatch", base::describe(error) + tail), {}};
  }
  image::Finding question =
      demand.declared() || kept
          ? entry_finding(demand, "image-not-locked", "cannot resolve " + name + tail)
          : finding_at(at, "guessed-reference", "cannot see whether " + name + " is an image",
                       "if it is none, leave the place out with `lock:ignore <reason>` in a comment");
  image::Undetermined undetermined = undetermined_of(std::move(question), error);
  return {std::move(undetermined.finding), std::move(undetermined.cause)};
}

}  // namespace lock::ops
