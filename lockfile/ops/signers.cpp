#include "lockfile/ops/signers.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "lockfile/ops/lock_file.hpp"
#include "lockfile/ops/selection.hpp"
#include "lockfile/ops/signatures.hpp"

namespace lock::ops {
namespace {

struct Subject {
  const Scope* scope;
  SignersOfImage found;
};

Result<std::vector<Subject>> locked(const Workspace& workspace, const Selection& selection) {
  std::vector<Subject> subjects;
  for (const Scope& scope : workspace.scopes) {
    auto lock = read_lock(workspace, scope);
    if (!lock) return std::unexpected(std::move(lock.error()));
    auto document = document::sound(std::move(lock->reading));
    if (!document) return std::unexpected(std::move(document.error()));
    for (const document::Entry& entry : document->entries()) {
      if (!selection.has(entry.reference)) continue;
      subjects.push_back({&scope, {scope.lock_file, entry.reference, entry.digest, entry.signers, {}, false, {}}});
    }
  }
  return subjects;
}

Result<Subject> resolved(const Workspace& workspace, const std::string& asked, const Selection& selection,
                         image::Registry& registry) {
  auto reference = image::Reference::parse(asked);
  if (!reference) return std::unexpected(selection.require_known({}).error());
  auto digest = reference->digest();
  if (!digest) {
    const auto answer = registry.resolve(std::span(&*reference, 1)).front();
    if (!answer) return while_doing("resolving " + reference->familiar(), answer.error());
    digest = answer->digest;
  }
  return Subject{&workspace.scopes.front(), {"", std::move(*reference), std::move(*digest), {}, {}, false, {}}};
}

void fill(const Scope& scope, const image::SignatureSurvey& survey, SignersOfImage& found) {
  found.proven_unsigned = survey.proven_unsigned;
  for (const Error& error : survey.undetermined) found.undetermined.push_back(base::describe(error));
  for (const image::SignatureReport& report : survey.signatures) {
    FoundSignature one{report, {}, false};
    if (report.signer) {
      for (const auto& [name, pattern] : scope.policy.signers()) {
        if (image::matches(pattern, *report.signer)) one.names.push_back(name);
      }
      one.recorded = std::ranges::any_of(
          found.recorded, [&](const image::Signer& signer) { return image::continues(signer, *report.signer); });
    }
    found.signatures.push_back(std::move(one));
  }
}

}  // namespace

Result<SignersResult> signers(const Workspace& workspace, const std::string& asked, image::Registry& registry,
                              image::SignatureVerifier& verifier) {
  const auto selection = Selection::make(std::span(&asked, 1), false);
  if (!selection) return std::unexpected(selection.error());
  auto subjects = locked(workspace, *selection);
  if (!subjects) return std::unexpected(std::move(subjects.error()));
  if (subjects->empty()) {
    auto one = resolved(workspace, asked, *selection, registry);
    if (!one) return std::unexpected(std::move(one.error()));
    subjects->push_back(std::move(*one));
  }
  std::map<image::Reference, image::SignatureSurvey> surveys;
  for (const Subject& subject : *subjects) {
    surveys.try_emplace(subject.found.image.by_digest(subject.found.digest),
                        image::SignatureSurvey{subject.found.digest, {}});
  }
  std::vector<image::Reference> ask;
  for (const auto& [image, survey] : surveys) ask.push_back(image);
  survey_each(verifier, ask,
              [&](std::size_t i, image::SignatureSurvey survey) { surveys.at(ask[i]) = std::move(survey); });
  SignersResult result;
  for (Subject& subject : *subjects) {
    fill(*subject.scope, surveys.at(subject.found.image.by_digest(subject.found.digest)), subject.found);
    result.images.push_back(std::move(subject.found));
  }
  result.notes = verifier.notes();
  return result;
}

}  // namespace lock::ops
