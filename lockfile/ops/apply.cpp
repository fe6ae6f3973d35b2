#include "lockfile/ops/apply.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "lockfile/ops/collecting.hpp"
#include "lockfile/ops/finding.hpp"
#include "lockfile/ops/lock_file.hpp"
#include "lockfile/ops/locked_images.hpp"
#include "resolver/collect/collector.hpp"

namespace lock::ops {
namespace {

using image::Occurrence;

constexpr std::string_view kTwoDigests = "the locks hold several digests for it";

// The digest that a tag means here; nothing when the lock holds none, or more than one.
std::optional<image::Digest> digest_for(const std::vector<const document::Entry*>& entries) {
  std::set<image::Digest> of_tag;
  std::set<image::Digest> all;
  for (const document::Entry* entry : entries) {
    all.insert(entry->digest);
    if (!entry->reference.digest()) of_tag.insert(entry->digest);
  }
  const auto& digests = of_tag.empty() ? all : of_tag;
  return digests.size() == 1 ? std::optional(*digests.begin()) : std::nullopt;
}

// A place that should carry a digest and does not, and why.
struct Left {
  std::string file;
  std::uint32_t line = 0;
  std::string reference;
  std::string reason;
};

class Applying {
 public:
  Applying(const Workspace& workspace, const LockedImages& locked, ApplyResult& out)
      : collecting_(collecting_of_rendered(workspace)), locked_(locked), out_(out) {}

  void take(const RenderedText& text) {
    const std::string name = rendered_source_name(text.name);
    const collect::Source source(name, text.bytes);
    const image::Collected collected = collecting_(source, collect::NoFiles());
    OccurrencesBySource all;
    std::vector<Intent> intents;
    for (const Occurrence& occurrence : collected.occurrences) {
      add_by_source(occurrence, all);
      intend(occurrence, text, intents);
    }
    EditedSource edited = edit_text(name, text.bytes, collect::NoFiles(), collecting_, all, intents);
    for (const auto& [intent, refusal] : edited.refused) {
      leave(*intent->occurrence, text, "its text means something to another place too");
    }
    for (const Intent* intent : edited.made) {
      Place place = place_of(*intent->occurrence);
      place.file = text.name;
      out_.changed.push_back(
          {{intent->after.without_digest().canonical(), intent->after.digest()->text(), std::move(place)},
           intent->occurrence->written,
           intent->occurrence->path});
    }
    out_.texts.push_back({text.name, std::move(edited.after)});
  }

  // Adds the reason to what the judge of rendered manifests said about a place that was left.
  void explain(image::Finding& finding) const {
    const auto left = std::ranges::find_if(left_, [&finding](const Left& one) {
      return one.file == finding.place.file && one.line == finding.place.position.line &&
             one.reference == finding.reference;
    });
    if (left == left_.end()) return;
    finding.message += ": " + left->reason;
    finding.hint = left->reason == kTwoDigests ? "run `lock apply` in the scope that deploys it, or write the digest"
                                               : "write the locked digest in the source that it is rendered from";
  }

 private:
  void intend(const Occurrence& occurrence, const RenderedText& text, std::vector<Intent>& intents) {
    if (occurrence.kind != image::Kind::image || !occurrence.reference || occurrence.reference->digest()) return;
    // What a pattern guesses may stand in data that nobody starts, which stays as it is.
    if (occurrence.format == "pattern" && occurrence.occurrence_class == image::Class::guessed) return;
    const auto entries = locked_.find(*occurrence.reference);
    if (entries.empty()) return;
    const auto digest = digest_for(entries);
    if (!digest) return leave(occurrence, text, std::string(kTwoDigests));
    auto edits = collect::pin_edits(occurrence, *digest);
    if (!edits) return leave(occurrence, text, edits.error().message);
    intents.push_back({&occurrence, std::move(*edits), occurrence.reference->with_digest(*digest)});
  }

  void leave(const Occurrence& occurrence, const RenderedText& text, std::string reason) {
    left_.push_back({text.name, occurrence.position.line, occurrence.reference->canonical(), std::move(reason)});
  }

  const Collecting collecting_;
  const LockedImages& locked_;
  ApplyResult& out_;
  std::vector<Left> left_;
};

bool is_unlocked(const image::Finding& finding, const LockedImages& locked) {
  if (finding.check == "image-not-locked") return true;
  if (finding.check != "unpinned-image") return false;
  const auto reference = image::Reference::parse(finding.reference);
  return reference && locked.find(*reference).empty();
}

}  // namespace

Result<ApplyResult> apply(const Workspace& workspace, const std::vector<RenderedText>& texts,
                          const ApplyOptions& options) {
  auto locks = require_locks(workspace);
  if (!locks) return std::unexpected(std::move(locks.error()));
  std::vector<document::Document> documents;
  for (ScopeLock& lock : *locks) documents.push_back(std::move(lock.document));
  const LockedImages locked(documents, workspace.registries);
  ApplyResult result;
  Applying applying(workspace, locked, result);
  for (const RenderedText& text : texts) applying.take(text);
  auto verification = verify_rendered(workspace, result.texts);
  if (!verification) return std::unexpected(std::move(verification.error()));
  for (image::Finding& finding : verification->findings) {
    applying.explain(finding);
    if (!options.allow_unlocked || finding.severity != image::Severity::error || !is_unlocked(finding, locked))
      continue;
    finding.severity = image::Severity::warning;
    finding.hint.clear();
  }
  std::ranges::stable_sort(result.changed, {},
                           [](const AppliedPlace& one) { return std::tie(one.place.file, one.place.position); });
  result.checked = verification->checked;
  result.findings = std::move(verification->findings);
  result.undetermined = std::move(verification->undetermined);
  return result;
}

}  // namespace lock::ops
