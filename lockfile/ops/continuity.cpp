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

Continuity::Continuity(const document::Document& lock) : lock_(&lock) {
  for (const Entry& entry : lock.entries()) {
    Known& known = repositories_[policy::one_spelling(entry.reference.repository())];
    known.entries.push_back(&entry);
    known.signers.insert(known.signers.end(), entry.signers.begin(), entry.signers.end());
    known.said = known.said || !entry.signers.empty() || entry.without_signer != Unsigned::undetermined;
  }
}

const Continuity::Known& Continuity::known(const image::Repository& repository) const {
  static const Known nothing;
  const auto row = repositories_.find(policy::one_spelling(repository));
  return row == repositories_.end() ? nothing : row->second;
}

bool Continuity::knows(const image::Repository& repository) const { return known(repository).said; }

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
  const Known& held = known(entry.reference.repository());
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
