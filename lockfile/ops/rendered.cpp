#include "lockfile/ops/rendered.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "lockfile/ops/finding.hpp"
#include "lockfile/ops/lock_file.hpp"
#include "lockfile/ops/locked_images.hpp"
#include "resolver/base/text.hpp"

namespace lock::ops {
namespace {

using document::Entry;
using image::Occurrence;
using Entries = std::vector<const Entry*>;

// The digest that the place should carry, when the lock leaves no choice.
std::string expected_of(const Entries& entries) { return entries.size() == 1 ? entries.front()->digest.text() : ""; }

class RenderedCheck {
 public:
  RenderedCheck(const Workspace& workspace, const LockedImages& locked, Verification& out)
      : workspace_(workspace), locked_(locked), out_(out) {}

  void judge(const Occurrence& occurrence) {
    ++out_.checked.objects;
    const bool guessed = occurrence.occurrence_class == image::Class::guessed;
    if (!occurrence.reference) {
      if (guessed) return;
      return add(unrendered(occurrence));
    }
    const image::Reference& reference = *occurrence.reference;
    const Entries entries = locked_.find(reference);
    const DigestMatch match = reference.digest() ? LockedImages::match(entries, *reference.digest()) : DigestMatch();
    if (match.entry != nullptr) return note_platform(occurrence, match);
    if (guessed) return possible(occurrence, entries);
    if (!reference.digest()) return unpinned(occurrence, entries);
    if (entries.empty()) return not_locked(occurrence);
    differs(occurrence, entries);
  }

 private:
  void add(image::Finding finding) {
    Findings(workspace_, workspace_.scopes.front(), out_.findings).add(std::move(finding));
  }

  void note_platform(const Occurrence& occurrence, const DigestMatch& match) {
    if (match.platform == nullptr) return;
    image::Finding finding = finding_at(occurrence, "platform-digest",
                                        occurrence.reference->repository().name() + " is deployed by the digest of " +
                                            match.platform->platform.text() + " alone");
    finding.expected = match.entry->digest.text();
    finding.actual = occurrence.reference->digest()->text();
    add(std::move(finding));
  }

  void possible(const Occurrence& occurrence, const Entries& entries) {
    image::Finding finding =
        finding_at(occurrence, "possible-image",
                   "'" + base::harmless(occurrence.written) + "' looks like an image and carries no locked digest",
                   "if something starts it, pin it; else accept this check for it in images.toml");
    finding.expected = expected_of(entries);
    add(std::move(finding));
  }

  void unpinned(const Occurrence& occurrence, const Entries& entries) {
    image::Finding finding = finding_at(
        occurrence, "unpinned-image",
        occurrence.reference->familiar() + " carries no digest" +
            (entries.empty() ? ", and the lock does not hold it" : ""),
        entries.empty()
            ? "name it in the tree and run `lock update`, or run `lock update --rendered`; then render it with "
              "its digest"
            : "write the locked digest behind the tag in the source that it is rendered from");
    finding.expected = expected_of(entries);
    add(std::move(finding));
  }

  void not_locked(const Occurrence& occurrence) {
    image::Finding finding =
        finding_at(occurrence, "image-not-locked", occurrence.reference->familiar() + " is not in the lock",
                   "name it in the tree and run `lock update`, or run `lock update --rendered`");
    finding.digest = occurrence.reference->digest()->text();
    finding.actual = finding.digest;
    add(std::move(finding));
  }

  void differs(const Occurrence& occurrence, const Entries& entries) {
    image::Finding finding = finding_at(occurrence, "digest-differs",
                                        occurrence.reference->familiar() + " carries another digest than the lock",
                                        "render it anew with the locked digest");
    finding.digest = occurrence.reference->digest()->text();
    finding.expected = expected_of(entries);
    finding.actual = finding.digest;
    add(std::move(finding));
  }

  const Workspace& workspace_;
  const LockedImages& locked_;
  Verification& out_;
};

}  // namespace

Result<Verification> verify_rendered(const Workspace& workspace, const std::vector<RenderedText>& texts) {
  auto images = read_rendered_images(workspace, texts);
  if (!images) return std::unexpected(std::move(images.error()));
  auto locks = read_locks_to_check(workspace);
  if (!locks) return std::unexpected(std::move(locks.error()));
  Verification out;
  out.findings = std::move(locks->findings);
  out.checked.entries = locks->entries;
  const LockedImages locked(locks->documents, workspace.registries);
  std::ranges::move(images->findings, std::back_inserter(out.findings));
  out.undetermined = std::move(images->undetermined);
  RenderedCheck check(workspace, locked, out);
  for (const Occurrence& occurrence : images->occurrences) check.judge(occurrence);
  sort_findings(out.findings);
  sort_undetermined(out.undetermined);
  return out;
}

}  // namespace lock::ops
