// Signer continuity: whoever signed what is locked must have signed what takes its place.
//
// Held against a new digest are, for an entry that is resolved anew, its own signers; for a new entry of a repository
// that is locked already, those of the one of its signed entries that the digest comes closest to (a repository whose
// publisher changed keys between two locked tags could satisfy no demand for both). Where the lock knows nothing about
// a repository, those of the run's other scopes stand in for it: a file that moves to a scope of its own, whose lock is
// new, takes the signers of its images along. A git ref behind a subject does not count (`image::continues`).
//
// Recorded of a new digest are the signers that [signer.*] describes and those whom the lock held for the repository;
// all of them where the lock says nothing about the repository's signatures yet: they are *adopted*.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "lockfile/document/document.hpp"
#include "lockfile/policy/policy.hpp"
#include "resolver/image/signature.hpp"

namespace lock::ops {

// What locks say about a repository, by its one spelling.
struct KnownSigners {
  std::vector<const document::Entry*> entries;
  std::vector<image::Signer> signers;  // of all of them
  bool said = false;                   // who signed one of them, or that nobody did
};
using KnownRepositories = std::map<image::Repository, KnownSigners>;

void add_known(const document::Document& lock, KnownRepositories& to);

class Continuity {
 public:
  // `run`: what all locks of the run say, or nothing. Both must outlive it.
  explicit Continuity(const document::Document& lock, const KnownRepositories* run = nullptr);

  // Who must have signed a digest that `there` signed, so that it may be locked under the key.
  [[nodiscard]] std::vector<image::Signer> held_against(const image::Reference& key,
                                                        std::span<const image::Signer> there) const;

  // Writes what a survey says into the entry. `adopt`: whoever signed is recorded, as where nothing is known.
  void record(const image::SignatureSurvey& survey, const policy::Policy& policy, bool adopt,
              document::Entry& entry) const;

 private:
  [[nodiscard]] const KnownSigners& known(const image::Repository& repository) const;

  const document::Document* lock_;
  const KnownRepositories* run_;
  KnownRepositories repositories_;
};

}  // namespace lock::ops
