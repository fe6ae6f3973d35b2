// What the signatures of new digests mean for one scope's update: which digests may not be taken, what is recorded of
// the others, and what is said about both.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "lockfile/ops/continuity.hpp"
#include "lockfile/ops/signatures.hpp"
#include "lockfile/ops/workspace.hpp"

namespace lock::ops {

using Surveys = std::map<image::Reference, image::SignatureSurvey>;  // by repository and digest

class Signing {
 public:
  // `lock` is the old lock of the scope, `run` what all of them say. Everything must outlive it.
  Signing(const Workspace& workspace, const Scope& scope, const document::Document& lock, const KnownRepositories& run,
          const Surveys& surveys)
      : workspace_(&workspace), scope_(&scope), continuity_(lock, &run), surveys_(&surveys) {}

  // Whether a signer whom the lock held is missing, and no [[accept]] or [checks] makes that less than an error. A
  // digest that nobody surveyed is none of a new entry.
  [[nodiscard]] bool is_refused(const image::Reference& key, const image::Digest& digest) const;

  // Who is missing under the key; empty when nobody is.
  [[nodiscard]] std::vector<Objection> objections(const image::Reference& key, const image::Digest& digest) const;

  // Writes the signers into a new entry, and says what there is to say about it.
  [[nodiscard]] std::vector<Objection> record(document::Entry& entry) const;

 private:
  const Workspace* workspace_;
  const Scope* scope_;
  Continuity continuity_;
  const Surveys* surveys_;
};

}  // namespace lock::ops
