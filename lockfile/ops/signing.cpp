#include "lockfile/ops/signing.hpp"

#include <algorithm>
#include <iterator>

namespace lock::ops {
namespace {

void append(std::vector<Objection>& to, std::vector<Objection> from) {
  std::ranges::move(from, std::back_inserter(to));
}

}  // namespace

std::vector<Objection> Signing::objections(const image::Reference& key, const image::Digest& digest) const {
  const auto survey = surveys_->find(key.by_digest(digest));
  if (survey == surveys_->end()) return {};
  return missing_of({key, &survey->second}, continuity_.held_against(key, signers_in(survey->second)));
}

bool Signing::is_refused(const image::Reference& key, const image::Digest& digest) const {
  const std::vector<Objection> found = objections(key, digest);
  return std::ranges::any_of(found, [this](Objection one) {
    settle_check(one, scope_->policy, workspace_->today);
    scope_->policy.judge(one.finding, workspace_->today);
    return !one.cause.empty() || one.finding.severity == image::Severity::error;
  });
}

std::vector<Objection> Signing::record(document::Entry& entry) const {
  const image::SignatureSurvey& survey = surveys_->at(entry.reference.by_digest(entry.digest));
  const Surveyed image{entry.reference, &survey};
  std::vector<Objection> said = objections(entry.reference, entry.digest);
  // Whoever accepts that a signer is gone accepts those who sign now.
  const bool accepted = !said.empty();
  continuity_.record(survey, scope_->policy, accepted, entry);
  append(said, unmet_rules(image, scope_->policy));
  append(said, new_signers(image, entry.signers));
  append(said, beside(image));
  if (auto unread = unread_of(image)) said.push_back(std::move(*unread));
  return said;
}

}  // namespace lock::ops
