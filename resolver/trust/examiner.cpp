#include "resolver/trust/examiner.hpp"

#include <algorithm>
#include <optional>

#include "resolver/base/encoding.hpp"
#include "resolver/base/text.hpp"
#include "resolver/trust/discover.hpp"
#include "resolver/trust/in_toto/provenance.hpp"
#include "resolver/trust/pool.hpp"
#include "resolver/trust/sigstore/certificate.hpp"
#include "resolver/trust/sigstore/verify.hpp"

namespace lock::trust {
namespace {

using image::SignatureReport;
using image::SignatureState;
using sigstore::Bundle;
using sigstore::Outcome;
using sigstore::Refusal;
using sigstore::Step;

using Content = Result<image::VerifiedBytes>;

// Images whose listings and manifests are looked at together, and what their signatures may hold together: memory does
// not grow with the number of images. One image may be as large as its own budget.
constexpr std::size_t kImagesAtOnce = 100;
constexpr std::uint64_t kBytesAtOnce = std::uint64_t{64} << 20;

// One signature on its way to a report.
struct Attempt {
  std::size_t subject = 0;
  const Candidate* candidate = nullptr;
  const Content* content = nullptr;  // what was fetched of it
  std::optional<Bundle> bundle;
  SignatureReport report;
  bool wanted = false;
  bool decided = false;  // the report is final, nothing is to be verified
};

void refuse(SignatureReport& report, const Refusal& refusal) {
  report.state = refusal.state;
  report.step = sigstore::name_of(refusal.step);
  report.reason = base::harmless(refusal.reason, 2000);
}

std::string format_of(const Candidate& candidate, const std::optional<Bundle>& bundle) {
  switch (candidate.form) {
    case Candidate::Form::signature_layer: return "cosign signature";
    case Candidate::Form::attestation_layer: return "cosign attestation";
    case Candidate::Form::bundle: break;
  }
  return bundle ? std::string(sigstore::name_of(bundle->version)) : "sigstore bundle";
}

Result<Bundle> read(const Candidate& candidate, BytesView bytes) {
  switch (candidate.form) {
    case Candidate::Form::signature_layer: return sigstore::read_signature_layer(candidate.annotations);
    case Candidate::Form::attestation_layer: return sigstore::read_attestation_layer(candidate.annotations, bytes);
    case Candidate::Form::bundle: break;
  }
  return sigstore::parse_bundle(bytes);
}

Attempt prepare(std::size_t subject, const Candidate& candidate, const Content& content) {
  Attempt out{.subject = subject, .candidate = &candidate, .content = &content, .bundle = {}, .report = {}};
  out.report.location = candidate.location;
  out.report.format = format_of(candidate, std::nullopt);
  if (!content) {
    // Bytes that are not what their digest says are there and wrong; others could not be had.
    out.decided = true;
    const bool wrong = content.error().kind == ErrorKind::mismatch;
    refuse(out.report, {Step::read_bundle, wrong ? SignatureState::invalid : SignatureState::undetermined,
                        base::describe(content.error())});
    return out;
  }
  auto bundle = read(candidate, content->bytes());
  if (!bundle) {
    out.decided = true;
    refuse(out.report, sigstore::refusal_of(Step::read_bundle, bundle.error()));
    return out;
  }
  out.bundle = std::move(*bundle);
  out.report.format = format_of(candidate, out.bundle);
  if (!out.bundle->certificates.empty()) {
    if (const auto claimed = sigstore::read_identity(out.bundle->certificates.front())) {
      out.report.claimed_issuer = base::harmless(claimed->issuer);
      out.report.claimed_subject = base::harmless(claimed->subject);
    }
  }
  return out;
}

bool is_wanted(const Attempt& attempt, const std::vector<image::SignerPattern>& wanted, const Anchors& anchors) {
  if (!attempt.bundle) return false;
  if (attempt.bundle->certificates.empty()) return !anchors.keys.empty();
  return std::ranges::any_of(wanted, [&](image::SignerPattern pattern) {
    pattern.root.clear();
    return image::matches(pattern, {.kind = image::Signer::Kind::sigstore,
                                    .root = {},
                                    .issuer = attempt.report.claimed_issuer,
                                    .subject = attempt.report.claimed_subject,
                                    .key = {},
                                    .role = {}});
  });
}

// Verifies one signature of one image.
class Trial {
 public:
  Trial(const Attempt& attempt, const image::Digest& subject, const Anchors& anchors)
      : bundle_(*attempt.bundle),
        form_(attempt.candidate->form),
        bytes_((*attempt.content)->bytes()),
        subject_(subject),
        anchors_(anchors) {
    if (form_ == Candidate::Form::signature_layer) {
      artifact_ = {.bytes = bytes_, .digest = base::hash(base::HashAlgorithm::sha256, bytes_)};
    } else {
      artifact_ = {.bytes = std::nullopt,
                   .algorithm = subject.algorithm(),
                   .digest = base::from_hex(subject.hex()).value_or(Bytes{})};
    }
    if (form_ == Candidate::Form::attestation_layer) envelope_ = bytes_;
  }

  void run(SignatureReport& report) {
    // A payload in simple signing is what names the image; its signature is over the payload.
    if (form_ == Candidate::Form::signature_layer) {
      if (const auto about = sigstore::check_simple_signing(bytes_, subject_); !about) {
        const auto step = about.error().kind == ErrorKind::mismatch ? Step::statement_subject : Step::statement;
        refuse(report, sigstore::refusal_of(step, about.error()));
        return;
      }
    }
    if (bundle_.certificates.empty()) {
      try_keys(report);
    } else {
      try_roots(report);
    }
    const auto* envelope = std::get_if<crypto::Envelope>(&bundle_.content);
    if (report.state == SignatureState::verified || envelope == nullptr) return;
    const auto claimed = in_toto::parse_statement(envelope->payload);
    if (claimed) report.claimed_predicate_type = base::harmless(claimed->predicate_type);
  }

 private:
  Outcome verify(const sigstore::TrustedRoot* root, const crypto::PublicKey* key) const {
    sigstore::Policy policy{.root = root, .key = {}};
    if (key != nullptr) policy.key = *key;
    return sigstore::verify(bundle_, artifact_, policy, envelope_);
  }

  void accept(SignatureReport& report, const sigstore::Verified& verified, image::Signer signer) const {
    report.state = SignatureState::verified;
    report.signer = std::move(signer);
    report.step.clear();
    report.reason.clear();
    if (!verified.statement) return;
    report.predicate_type = verified.statement->predicate_type;
    if (!in_toto::claims_provenance(report.predicate_type)) return;
    report.statement = std::get<crypto::Envelope>(bundle_.content).payload;
    if (verified.identity) report.source_repository = verified.identity->source_repository;
  }

  // Of several refusals the one that knows the signer tells most: a root that has never heard of the log or the
  // authority says nothing about a signature that another root found wrong. Then the one that got furthest.
  static void keep_telling(std::optional<Refusal>& kept, const Refusal& refusal) {
    const auto rank = [](const Refusal& one) { return std::pair(one.state != SignatureState::untrusted, one.step); };
    if (!kept || rank(*kept) < rank(refusal)) kept = refusal;
  }

  void try_roots(SignatureReport& report) const {
    std::optional<Refusal> kept;
    for (const auto& root : anchors_.roots) {
      const Outcome outcome = verify(root.get(), nullptr);
      if (outcome) {
        accept(report, *outcome,
               {.kind = image::Signer::Kind::sigstore,
                .root = root->name(),
                .issuer = outcome->identity->issuer,
                .subject = outcome->identity->subject,
                .key = {},
                .role = {},
                .log = false});
        return;
      }
      keep_telling(kept, outcome.error());
    }
    refuse(report, kept.value_or(Refusal{Step::choose_verifier, SignatureState::untrusted,
                                         "a certificate signed, and no trust root is configured"}));
  }

  // Whose key it is decides first. Then a log entry counts when a root knows the log, and is held against the signature
  // when it is about something else; a log that no root knows says nothing either way.
  Outcome verify_by(const crypto::PublicKey& key) const {
    Outcome alone = verify(nullptr, &key);
    if (!alone || bundle_.entries.empty()) return alone;
    for (const auto& root : anchors_.roots) {
      if (root->transparency_logs().empty()) continue;  // it knows no log, and would pass any entry by
      Outcome outcome = verify(root.get(), &key);
      if (outcome || outcome.error().state != SignatureState::untrusted) return outcome;
    }
    return alone;
  }

  void try_keys(SignatureReport& report) const {
    std::optional<Refusal> kept;
    for (const crypto::PublicKey& key : anchors_.keys) {
      const Outcome outcome = verify_by(key);
      if (outcome) {
        accept(report, *outcome,
               {.kind = image::Signer::Kind::cosign_key,
                .root = {},
                .issuer = {},
                .subject = {},
                .key = "sha256:" + base::to_hex(key.fingerprint()),
                .role = {},
                .log = outcome->logged});
        return;
      }
      keep_telling(kept, outcome.error());
    }
    if (!kept) {
      refuse(report, {Step::choose_verifier, SignatureState::untrusted, "a key signed, and no key is configured"});
      return;
    }
    // A signature by a key of somebody else looks the same as one that was changed: neither is by a key that counts.
    if (kept->step == Step::signature && kept->state == SignatureState::invalid) {
      *kept = {Step::signature, SignatureState::untrusted, "not made by any of the keys that are configured"};
    }
    refuse(report, *kept);
  }

  const Bundle& bundle_;
  Candidate::Form form_;
  BytesView bytes_;
  const image::Digest& subject_;
  const Anchors& anchors_;
  sigstore::Artifact artifact_;
  std::optional<BytesView> envelope_;
};

// Marks what goes beyond the attempts that one image gets; wanted ones come first, then in the order of their places.
void limit_attempts(std::vector<Attempt>& attempts) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    if (!attempts[i].decided) order.push_back(i);
  }
  std::ranges::stable_sort(order,
                           [&](std::size_t a, std::size_t b) { return attempts[a].wanted > attempts[b].wanted; });
  for (std::size_t n = most_attempts; n < order.size(); ++n) {
    Attempt& attempt = attempts[order[n]];
    attempt.decided = true;
    refuse(attempt.report, {Step::read_bundle, SignatureState::undetermined,
                            "not tried: more than " + std::to_string(most_attempts) + " signatures"});
  }
}

// How many of these images, at least one, may be held at once.
std::size_t fitting(std::span<const Found> images) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < images.size(); ++i) {
    std::uint64_t most = 0;
    for (const Candidate& candidate : images[i].candidates) {
      if (candidate.document.size <= candidate.document.most) most += most_held(candidate.document.size);
    }
    sum += std::min(most, 2 * most_image_bytes);
    if (sum > kBytesAtOnce && i > 0) return i;
  }
  return images.size();
}

SignatureReport foreign_report(const std::string& location) {
  SignatureReport out;
  out.format = "sigstore bundle";
  out.location = location;
  refuse(out, {Step::statement_subject, SignatureState::invalid,
               "the manifest is listed as a referrer of this image and names another one as its subject"});
  return out;
}

}  // namespace

Examiner::Examiner(image::Registry& registry, Anchors anchors, std::vector<image::SignerPattern> wanted,
                   std::size_t threads, std::string built_in_note)
    : registry_(registry),
      anchors_(std::move(anchors)),
      wanted_(std::move(wanted)),
      threads_(threads),
      built_in_note_(std::move(built_in_note)) {}

std::vector<std::string> Examiner::notes() const {
  if (!judged_certificates_ || built_in_note_.empty()) return {};
  return {built_in_note_};
}

std::vector<image::SignatureSurvey> Examiner::survey(std::span<const image::Reference> subjects) {
  std::vector<image::SignatureSurvey> out;
  out.reserve(subjects.size());
  for (std::size_t begin = 0; begin < subjects.size(); begin += kImagesAtOnce) {
    const auto together = subjects.subspan(begin, std::min(kImagesAtOnce, subjects.size() - begin));
    const std::vector<Found> found = discover(together, registry_);
    for (std::size_t first = 0; first < together.size();) {
      const std::size_t count = fitting(std::span(found).subspan(first));
      examine(together.subspan(first, count), std::span(found).subspan(first, count), out);
      first += count;
    }
  }
  return out;
}

void Examiner::examine(std::span<const image::Reference> subjects, std::span<const Found> found,
                       std::vector<image::SignatureSurvey>& out) {
  const auto contents = fetch_candidates(found, registry_);
  std::vector<std::vector<Attempt>> attempts(subjects.size());
  for_each_on_threads(subjects.size(), threads_, [&](std::size_t i) {
    for (std::size_t k = 0; k < contents[i].size(); ++k) {
      Attempt attempt = prepare(i, found[i].candidates[k], contents[i][k]);
      attempt.wanted = is_wanted(attempt, wanted_, anchors_);
      attempts[i].push_back(std::move(attempt));
    }
    limit_attempts(attempts[i]);
  });
  std::vector<Attempt*> pending;
  for (auto& of_subject : attempts) {
    for (Attempt& attempt : of_subject) {
      if (!attempt.decided) pending.push_back(&attempt);
    }
  }
  judged_certificates_ = judged_certificates_ || std::ranges::any_of(pending, [](const Attempt* attempt) {
                           return !attempt->bundle->certificates.empty();
                         });
  for_each_on_threads(pending.size(), threads_, [&](std::size_t k) {
    Trial(*pending[k], *subjects[pending[k]->subject].digest(), anchors_).run(pending[k]->report);
  });

  for (std::size_t i = 0; i < subjects.size(); ++i) {
    image::SignatureSurvey survey{
        .subject = *subjects[i].digest(), .signatures = {}, .undetermined = found[i].undetermined};
    for (Attempt& attempt : attempts[i]) survey.signatures.push_back(std::move(attempt.report));
    for (const std::string& location : found[i].foreign) survey.signatures.push_back(foreign_report(location));
    std::ranges::sort(survey.signatures, {}, &SignatureReport::location);
    survey.proven_unsigned = survey.signatures.empty() && survey.undetermined.empty();
    out.push_back(std::move(survey));
  }
}

}  // namespace lock::trust
