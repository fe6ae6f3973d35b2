#include "lockfile/ops/signatures.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "lockfile/document/document.hpp"
#include "lockfile/ops/finding.hpp"
#include "resolver/base/text.hpp"

namespace lock::ops {
namespace {

using image::SignatureReport;
using image::SignatureState;
using image::SignatureSurvey;
using image::Signer;

constexpr std::size_t kMostBeside = 20;  // of one image; junk must not drown a report
constexpr std::size_t kImagesAtOnce = 200;

// Whether a signature that did not verify may be the one that is missing, by what it claims of itself.
using MayBe = std::function<bool(const SignatureReport&)>;

// A certificate claims an identity; a signature by key, and one that cannot be read, claims none.
bool claims_nothing(const SignatureReport& report) {
  return report.claimed_issuer.empty() && report.claimed_subject.empty();
}

bool may_be(const SignatureReport& report, Signer::Kind kind, const std::function<bool(const Signer&)>& fits) {
  if (report.state == SignatureState::verified) return false;
  if (claims_nothing(report)) return kind == Signer::Kind::cosign_key || report.state != SignatureState::untrusted;
  Signer claimed;
  claimed.kind = Signer::Kind::sigstore;
  claimed.issuer = report.claimed_issuer;
  claimed.subject = report.claimed_subject;
  return kind == Signer::Kind::sigstore && fits(claimed);
}

std::string what_is_there(const SignatureSurvey& survey) {
  std::vector<std::string> texts;
  for (const Signer& signer : signers_in(survey)) texts.push_back(base::harmless(describe(signer)));
  if (!texts.empty()) return base::join(texts, ", ");
  if (survey.signatures.empty()) return "no signature";
  const auto attestations = static_cast<std::size_t>(std::ranges::count_if(
      survey.signatures, [](const SignatureReport& report) { return report.state == SignatureState::verified; }));
  std::vector<std::string> kinds;
  if (attestations != 0) kinds.push_back(base::count_of(attestations, "attestation"));
  if (const std::size_t rest = survey.signatures.size() - attestations; rest != 0) {
    kinds.push_back(base::count_of(rest, "signature") + " that " + (rest == 1 ? "counts" : "count") + " for nobody");
  }
  return base::join(kinds, " and ");
}

std::string reason_of(const SignatureReport& report) {
  return base::harmless(report.location) + " failed at " + report.step + ": " + base::harmless(report.reason);
}

// The first place or signature that was not read to the end; empty when everything was.
std::string unread(const SignatureSurvey& survey) {
  if (!survey.undetermined.empty()) return base::describe(survey.undetermined.front());
  const auto report = std::ranges::find(survey.signatures, SignatureState::undetermined, &SignatureReport::state);
  return report == survey.signatures.end() ? std::string() : reason_of(*report);
}

const SignatureReport* find_state(const SignatureSurvey& survey, SignatureState state, const MayBe& fits) {
  const auto report = std::ranges::find_if(survey.signatures,
                                           [&](const SignatureReport& one) { return one.state == state && fits(one); });
  return report == survey.signatures.end() ? nullptr : &*report;
}

image::Finding about(const Surveyed& image, std::string_view check, std::string message, std::string hint = {}) {
  image::Finding finding = finding_of(check, std::move(message), std::move(hint));
  finding.reference = image.image.canonical();
  finding.digest = image.survey->subject.text();
  return finding;
}

std::string show(const Surveyed& image) { return "`lock signers " + image.image.familiar() + "` shows what is there"; }

// Somebody is missing. `otherwise` is the check when nothing that is there explains it, `message` says who.
Objection missing(const Surveyed& image, std::string_view otherwise, const std::string& message, std::string expected,
                  const MayBe& fits) {
  const SignatureSurvey& survey = *image.survey;
  Objection out;
  const auto say = [&](std::string_view check, const std::string& text) {
    if (check != otherwise) out.absence = otherwise;
    out.finding = about(image, check, text, show(image));
    out.finding.severity = image::Severity::error;
    out.finding.expected = std::move(expected);
    out.finding.actual = what_is_there(survey);
  };
  if (std::string cause = unread(survey); !cause.empty()) {
    say(otherwise, "cannot see who signed " + image.image.familiar());
    out.cause = std::move(cause);
  } else if (const auto* unsupported = find_state(survey, SignatureState::unsupported, fits)) {
    say("signature-unsupported", "cannot judge a signature of " + image.image.familiar());
    out.cause = reason_of(*unsupported);
  } else if (const auto* invalid = find_state(survey, SignatureState::invalid, fits)) {
    say("signature-invalid", message + "; " + reason_of(*invalid));
  } else if (const auto* untrusted = find_state(survey, SignatureState::untrusted, fits)) {
    say("signature-untrusted", message + "; " + reason_of(*untrusted));
  } else {
    say(otherwise, message);
  }
  return out;
}

}  // namespace

std::vector<Signer> signers_in(const SignatureSurvey& survey) {
  std::vector<Signer> signers;
  for (const SignatureReport& report : survey.signatures) {
    if (report.state == SignatureState::verified && report.signer && report.is_image_signature()) {
      signers.push_back(*report.signer);
    }
  }
  document::sort_signers(signers);
  return signers;
}

void survey_each(image::SignatureVerifier& verifier, std::span<const image::Reference> images,
                 const std::function<void(std::size_t, SignatureSurvey)>& take) {
  for (std::size_t begin = 0; begin < images.size(); begin += kImagesAtOnce) {
    const auto together = images.subspan(begin, std::min(kImagesAtOnce, images.size() - begin));
    std::vector<SignatureSurvey> surveys = verifier.survey(together);
    for (std::size_t i = 0; i < surveys.size(); ++i) {
      for (SignatureReport& report : surveys[i].signatures) report.statement.clear();
      take(begin + i, std::move(surveys[i]));
    }
  }
}

void settle_check(Objection& objection, const policy::Policy& policy, std::chrono::sys_days today) {
  if (objection.absence.empty() || !objection.cause.empty()) return;
  image::Finding named = objection.finding;
  image::Finding plain = objection.finding;
  plain.check = objection.absence;
  policy.judge(named, today);
  policy.judge(plain, today);
  if (plain.severity < named.severity) objection.finding.check = objection.absence;  // the strictest is the smallest
}

bool is_complete(const SignatureSurvey& survey) { return unread(survey).empty(); }

std::vector<Objection> missing_of(const Surveyed& image, std::span<const Signer> held) {
  const std::vector<Signer> there = signers_in(*image.survey);
  std::vector<Objection> objections;
  for (const Signer& signer : held) {
    const auto goes_on = [&](const Signer& fresh) { return image::continues(signer, fresh); };
    if (std::ranges::any_of(there, goes_on)) continue;
    const MayBe fits = [&](const SignatureReport& report) {
      return may_be(report, signer.kind, [&](Signer claimed) {
        claimed.root = signer.root;
        return image::continues(signer, claimed);
      });
    };
    const std::string who = base::harmless(describe(signer));
    objections.push_back(missing(image, there.empty() ? "signer-lost" : "signer-changed",
                                 image.image.familiar() + " is no longer signed by " + who, who, fits));
  }
  return objections;
}

std::vector<Objection> unmet_rules(const Surveyed& image, const policy::Policy& policy) {
  const std::vector<Signer> there = signers_in(*image.survey);
  std::vector<Objection> objections;
  for (const settings::Rule* rule : policy.rules_for(image.image)) {
    const auto open = policy.shortfall(*rule, there);
    if (!open) continue;
    const MayBe fits = [&](const SignatureReport& report) {
      return std::ranges::any_of(open->names, [&](const std::string& name) {
        const image::SignerPattern& pattern = policy.signers().find(name)->second;
        return may_be(report, pattern.kind, [&](Signer claimed) {
          claimed.root = pattern.root;
          return image::matches(pattern, claimed);
        });
      });
    };
    const std::string message = image.image.familiar() + " is not signed by " + open->demand + ", as the rule in " +
                                rule->place.file + ":" + std::to_string(rule->place.position.line) + " asks";
    objections.push_back(
        missing(image, image.survey->proven_unsigned ? "unsigned" : "signer-missing", message, open->demand, fits));
  }
  return objections;
}

std::vector<Objection> beside(const Surveyed& image) {
  std::vector<Objection> objections;
  const auto say = [&](std::string_view check, image::Severity severity, const std::string& text) {
    Objection one;
    one.finding = about(image, check, image.image.familiar() + ": " + text);
    one.finding.severity = severity;
    objections.push_back(std::move(one));
  };
  std::size_t left_out = 0;
  for (const SignatureReport& report : image.survey->signatures) {
    if (report.state == SignatureState::verified || report.state == SignatureState::undetermined) continue;
    if (objections.size() >= kMostBeside) {
      ++left_out;
      continue;
    }
    switch (report.state) {
      case SignatureState::verified:
      case SignatureState::undetermined: break;
      case SignatureState::invalid: say("signature-invalid", image::Severity::warning, reason_of(report)); break;
      case SignatureState::untrusted: say("signature-untrusted", image::Severity::note, reason_of(report)); break;
      case SignatureState::unsupported: say("signature-unsupported", image::Severity::note, reason_of(report)); break;
    }
  }
  if (left_out != 0) {
    say("signature-invalid", image::Severity::warning,
        base::count_of(left_out, "more signature") + " that count for nobody: " + show(image));
  }
  return objections;
}

std::optional<Objection> unread_of(const Surveyed& image) {
  std::string cause = unread(*image.survey);
  if (cause.empty()) return std::nullopt;
  const std::string name = image.image.familiar();
  return Objection{about(image, "signature-undetermined", "cannot see everybody who signed " + name,
                         "run `lock update " + name + "` when it can be read"),
                   std::move(cause)};
}

std::vector<Objection> new_signers(const Surveyed& image, std::span<const Signer> recorded) {
  std::vector<Objection> objections;
  for (const Signer& signer : signers_in(*image.survey)) {
    const auto goes_on = [&](const Signer& held) { return image::continues(held, signer); };
    if (std::ranges::any_of(recorded, goes_on)) continue;
    Objection one;
    one.finding =
        about(image, "signer-new", image.image.familiar() + " is also signed by " + base::harmless(describe(signer)),
              "describe it in [signer.NAME] of images.toml to have it recorded");
    objections.push_back(std::move(one));
  }
  return objections;
}

}  // namespace lock::ops
