#include "lockfile/ops/verify.hpp"

#include <algorithm>
#include <map>

#include "lockfile/ops/wanted.hpp"
#include "resolver/base/text.hpp"

namespace lock::ops {
namespace {

using document::Entry;
using image::Finding;
using image::Occurrence;
using image::Reference;
using image::Severity;

Finding about(const Entry& entry, std::string check, Severity severity, std::string message) {
  Finding finding;
  finding.check = std::move(check);
  finding.severity = severity;
  finding.message = std::move(message);
  finding.reference = entry.key();
  finding.digest = entry.digest.text();
  return finding;
}

// The places that an entry is for: those whose written digest is its own, and for a tag's entry the plain ones.
std::vector<const Occurrence*> places_of(const Entry& entry, std::span<const Occurrence> occurrences) {
  std::vector<const Occurrence*> out;
  for (const Occurrence& one : occurrences) {
    if (one.status != image::Status::resolved || !one.reference) continue;
    const Reference& reference = *one.reference;
    if (reference.repository() != entry.reference.repository() || reference.tag() != entry.reference.tag()) continue;
    const bool matches = reference.digest() ? *reference.digest() == entry.digest : !entry.reference.digest();
    if (matches) out.push_back(&one);
  }
  return out;
}

// A digest whose existence was asked for, and what it is to its entry.
struct Asked {
  const Entry* entry;
  image::Digest digest;
  std::string platform;  // empty for the entry's own digest
};

class RegistryVerification {
 public:
  RegistryVerification(const RegistryCheck& check, image::Registry& registry) : check_(check), registry_(registry) {}

  Verdicts run() {
    verdicts_.entries = check_.lock.entries().size();
    ask_existence();
    ask_tags();
    return std::move(verdicts_);
  }

 private:
  [[nodiscard]] bool is_used(const image::Platform& platform) const {
    return check_.platforms.empty() || std::ranges::any_of(check_.platforms, [&](const image::Platform& wanted) {
             return platform.satisfies(wanted);
           });
  }

  void place(Finding& finding, const Entry& entry) const {
    const auto places = places_of(entry, check_.occurrences);
    if (places.empty()) {
      finding.place.file = check_.lock_file;
      return;
    }
    finding.place = place_of(*places.front());
    finding.object = places.front()->object;
  }

  void ask_existence() {
    std::vector<Asked> asked;
    std::vector<Reference> questions;
    for (const Entry& entry : check_.lock.entries()) {
      asked.push_back({&entry, entry.digest, ""});
      for (const auto& platform : entry.platforms) {
        if (platform.digest != entry.digest && is_used(platform.platform)) {
          asked.push_back({&entry, platform.digest, platform.platform.text()});
        }
      }
    }
    for (const Asked& one : asked) questions.push_back(one.entry->reference.by_digest(one.digest));
    verdicts_.manifests = questions.size();
    const auto answers = registry_.presence(questions);
    for (std::size_t i = 0; i < answers.size(); ++i) judge_existence(asked[i], answers[i]);
  }

  void judge_existence(const Asked& asked, const Result<image::Presence>& answer) {
    const Entry& entry = *asked.entry;
    const std::string what = asked.platform.empty()
                                 ? "the locked digest of " + entry.reference.familiar()
                                 : "the " + asked.platform + " manifest of " + entry.reference.familiar();
    Finding finding = about(entry, "digest-gone", Severity::error, what + " is gone from its registry");
    finding.digest = asked.digest.text();
    place(finding, entry);
    if (!answer) {
      judge_failure(std::move(finding), what, answer.error());
    } else if (*answer == image::Presence::gone) {
      finding.hint = "run `lock update " + entry.reference.familiar() + "` to move to what the tag is now";
      verdicts_.findings.push_back(std::move(finding));
    } else if (*answer == image::Presence::only_at_mirror) {
      finding.check = "digest-only-at-mirror";
      finding.severity = Severity::warning;
      finding.message = what + " is gone from its registry; only a mirror still has it";
      finding.hint = "copy it to a registry of your own, or move to what the tag is now with `lock update`";
      verdicts_.findings.push_back(std::move(finding));
    }
  }

  // Other bytes under a digest are an answer, and a bad one; silence is none.
  void judge_failure(Finding finding, const std::string& what, const Error& error) {
    if (error.kind == ErrorKind::mismatch || error.kind == ErrorKind::malformed) {
      finding.check = error.kind == ErrorKind::mismatch ? "digest-mismatch" : "manifest-malformed";
      finding.message = what + " is not what was locked: " + describe(error);
      finding.hint = error.hint.empty() ? "treat the registry as compromised until you know why" : error.hint;
      verdicts_.findings.push_back(std::move(finding));
      return;
    }
    finding.check = "digest-unknown";
    finding.message = "could not check whether " + what + " still exists";
    finding.hint = error.hint;
    verdicts_.undetermined.push_back({std::move(finding), describe(error)});
  }

  // In force: every place writes the digest, or something downstream applies it.
  [[nodiscard]] bool in_force(const std::vector<const Occurrence*>& places) const {
    return std::ranges::all_of(places, [&](const Occurrence* one) {
      return one->reference->digest() || (check_.enforced && check_.enforced(one->file));
    });
  }

  void ask_tags() {
    std::vector<const Entry*> asked;
    std::vector<Reference> questions;
    for (const Entry& entry : check_.lock.entries()) {
      if (!entry.reference.tag() || entry.reference.digest()) continue;
      asked.push_back(&entry);
      questions.push_back(entry.reference);
    }
    verdicts_.tags = questions.size();
    const auto answers = registry_.resolve(questions);
    for (std::size_t i = 0; i < answers.size(); ++i) judge_tag(*asked[i], answers[i]);
  }

  void judge_tag(const Entry& entry, const Result<image::Resolution>& answer) {
    if (answer && answer->digest == entry.digest) return;
    const auto places = places_of(entry, check_.occurrences);
    const bool forced = in_force(places);
    const Severity severity = forced ? Severity::note : Severity::error;
    if (!answer && answer.error().kind != ErrorKind::absent) {
      Finding finding =
          about(entry, "tag-unknown", severity, "could not check what " + entry.reference.familiar() + " is now");
      finding.hint = answer.error().hint;
      place(finding, entry);
      // Where the digest is in force nothing that runs depends on the tag, but it was asked for all the same.
      verdicts_.undetermined.push_back({std::move(finding), describe(answer.error())});
      return;
    }
    std::vector<const Occurrence*> by_tag;
    for (const Occurrence* one : places) {
      if (forced || !one->reference->digest()) by_tag.push_back(one);
    }
    for (const Occurrence* one : by_tag) {
      Finding finding = about(entry, answer ? "tag-moved" : "tag-gone", severity, "");
      finding.message = answer ? "the tag " + entry.reference.familiar() + " has moved since it was locked"
                               : "the tag " + entry.reference.familiar() + " is gone from its registry";
      if (!forced) {
        finding.message += ", and this place pulls by tag";
        finding.hint =
            "write the digest into the source, have it applied downstream ([[enforce]]), or take the new one: `lock "
            "update " +
            entry.reference.familiar() + "`";
      }
      finding.expected = entry.digest.text();
      if (answer) finding.actual = answer->digest.text();
      finding.place = place_of(*one);
      finding.object = one->object;
      verdicts_.findings.push_back(std::move(finding));
    }
  }

  const RegistryCheck& check_;
  image::Registry& registry_;
  Verdicts verdicts_;
};

}  // namespace

Verdicts verify_registry(const RegistryCheck& check, image::Registry& registry) {
  return RegistryVerification(check, registry).run();
}

}  // namespace lock::ops
