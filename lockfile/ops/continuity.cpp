#include "lockfile/ops/continuity.hpp"

#include <algorithm>

#include "lockfile/ops/signatures.hpp"
#include "lockfile/policy/one_spelling.hpp"

namespace lock::ops {
namespace {

using document::Entry;
using document::Unsigned;
using image::Signer;

std::size_t count_missing(std::span<const Signer> held, std::span<const Signer> there) {
  return static_cast<std::size_t>(std::ranges::count_if(held, [&](const Signer& signer) {
    return std::ranges::none_of(there, [&](const Signer& fresh) { return image::continues(signer, fresh); });
  }));
}

}  // namespace

void add_known(const document::Document& lock, KnownRepositories& to) {
  for (const Entry& entry : lock.entries()) {
    KnownSigners& known = to[policy::one_spelling(entry.reference.repository())];
    known.entries.push_back(&entry);
    known.signers.insert(known.signers.end(), entry.signers.begin(), entry.signers.end());
    known.said = known.said || !entry.signers.empty() || entry.without_signer != Unsigned::undetermined;
  }
}

Continuity::Continuity(const document::Document& lock, const KnownRepositories* run) : lock_(&lock), run_(run) {
  add_known(lock, repositories_);
}

const KnownSigners& Continuity::known(const image::Repository& repository) const {
  static const KnownSigners nothing;
  const image::Repository one = policy::one_spelling(repository);
  const auto here = repositories_.find(one);
  if (here != repositories_.end() && here->second.said) return here->second;
  if (run_ == nullptr) return nothing;
  const auto there = run_->find(one);
  return there == run_->end() ? nothing : there->second;
}

std::vector<Signer> Continuity::held_against(const image::Reference& key, std::span<const Signer> there) const {
  const Entry* own = lock_->find(key);
  if (own != nullptr && (!own->signers.empty() || own->without_signer != Unsigned::undetermined)) return own->signers;
  const Entry* nearest = nullptr;
  for (const Entry* entry : known(key.repository()).entries) {
    if (entry->signers.empty()) continue;
    if (nearest == nullptr || count_missing(entry->signers, there) < count_missing(nearest->signers, there)) {
      nearest = entry;
    }
  }
  return nearest == nullptr ? std::vector<Signer>() : nearest->signers;
}

void Continuity::record(const image::SignatureSurvey& survey, const policy::Policy& policy, bool adopt,
                        Entry& entry) const {
  entry.signers = signers_in(survey);
  entry.without_signer = Unsigned::undetermined;
  const KnownSigners& held = known(entry.reference.repository());
  if (!adopt && held.said) {
    std::erase_if(entry.signers, [&](const Signer& signer) {
      return !policy.recognizes(signer) &&
             std::ranges::none_of(held.signers, [&](const Signer& before) { return image::continues(before, signer); });
    });
  }
  if (!entry.signers.empty() || !is_complete(survey)) return;
  entry.without_signer = survey.proven_unsigned ? Unsigned::proven : Unsigned::unrecognized;
}

}  // namespace lock::ops
