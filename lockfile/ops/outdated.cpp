#include "lockfile/ops/outdated.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "lockfile/ops/facts.hpp"
#include "lockfile/ops/finding.hpp"
#include "lockfile/ops/lock_file.hpp"
#include "lockfile/ops/signatures.hpp"

namespace lock::ops {
namespace {

using document::Entry;
using image::Digest;
using image::Reference;

struct Row {
  const Scope* scope;
  Entry entry;
};

std::set<std::string> names_of(const std::vector<document::PlatformDigest>& platforms) {
  std::set<std::string> names;
  for (const document::PlatformDigest& row : platforms) names.insert(row.platform.text());
  return names;
}

std::vector<std::string> without(const std::set<std::string>& all, const std::set<std::string>& some) {
  std::vector<std::string> rest;
  std::ranges::set_difference(all, some, std::back_inserter(rest));
  return rest;
}

class OutdatedCheck {
 public:
  OutdatedCheck(const Workspace& workspace, image::Registry& registry, image::SignatureVerifier& verifier)
      : workspace_(workspace), registry_(registry), verifier_(verifier) {}

  Result<OutdatedResult> run() {
    auto locks = require_locks(workspace_);
    if (!locks) return std::unexpected(std::move(locks.error()));
    for (const ScopeLock& lock : *locks) {
      for (const Entry& entry : lock.document.entries()) {
        if (entry.reference.tag() && !entry.reference.digest()) rows_.push_back({lock.scope, entry});
      }
    }
    if (!rows_.empty()) ask();
    sort_findings(result_.findings);
    sort_undetermined(result_.undetermined);
    return std::move(result_);
  }

 private:
  void ask() {
    std::vector<Reference> tags;
    for (const Row& row : rows_) tags.push_back(row.entry.reference);
    const auto answers = registry_.resolve(tags);
    result_.asked = std::set<Reference>(tags.begin(), tags.end()).size();
    std::vector<FactQuestion> questions;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (!answers[i] || answers[i]->digest == rows_[i].entry.digest) continue;
      questions.push_back({tags[i].by_digest(answers[i]->digest), answers[i]->content, answers[i]->media_type});
    }
    std::map<Digest, Result<Facts>> facts;
    if (!questions.empty()) facts = fetch_facts(questions, registry_);
    const auto surveys = survey(questions);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (!answers[i]) {
        report(rows_[i], answers[i].error());
      } else if (const Digest& current = answers[i]->digest; current != rows_[i].entry.digest) {
        moved(rows_[i], current, facts.at(current), surveys.at(tags[i].by_digest(current)));
      }
    }
  }

  // Equal images are one question.
  std::map<Reference, image::SignatureSurvey> survey(const std::vector<FactQuestion>& questions) {
    std::set<Reference> images;
    for (const FactQuestion& question : questions) images.insert(question.image);
    const std::vector<Reference> ask(images.begin(), images.end());
    std::map<Reference, image::SignatureSurvey> surveys;
    if (ask.empty()) return surveys;
    auto answers = verifier_.survey(ask);
    for (std::size_t i = 0; i < ask.size(); ++i) surveys.emplace(ask[i], std::move(answers[i]));
    return surveys;
  }

  void moved(const Row& row, const Digest& current, const Result<Facts>& facts, const image::SignatureSurvey& survey) {
    OutdatedImage image{row.scope->lock_file, row.entry.key(), row.entry.digest.text(), current.text(), {}, {}, {}, {}};
    image.signers_locked = row.entry.signers;
    image.signers_current = signers_in(survey);
    if (auto unread = unread_of({row.entry.reference, &survey})) {
      unread->finding.place.file = row.scope->lock_file;
      unread->finding.hint.clear();
      result_.undetermined.push_back({std::move(unread->finding), std::move(unread->cause)});
    }
    if (facts) {
      const auto before = names_of(row.entry.platforms);
      const auto after = names_of(facts->platforms);
      image.platforms_added = without(after, before);
      image.platforms_removed = without(before, after);
    } else {
      report(row, facts.error());
    }
    result_.images.push_back(std::move(image));
  }

  void report(const Row& row, const Error& error) {
    const std::string name = row.entry.reference.familiar();
    const bool gone = error.kind == ErrorKind::absent;
    const bool other_bytes = error.kind == ErrorKind::mismatch;
    image::Finding finding = finding_of(gone          ? "tag-gone"
                                        : other_bytes ? "digest-mismatch"
                                                      : "tag-moved",
                                        gone          ? "the registry has no " + name + " any more"
                                        : other_bytes ? name + ": " + base::describe(error)
                                                      : "cannot see whether " + name + " moved");
    finding.reference = row.entry.key();
    finding.digest = row.entry.digest.text();
    finding.place.file = row.scope->lock_file;
    if (gone || other_bytes) {
      Findings(workspace_, *row.scope, result_.findings).add(std::move(finding));
    } else {
      result_.undetermined.push_back(undetermined_of(std::move(finding), error));
    }
  }

  const Workspace& workspace_;
  image::Registry& registry_;
  image::SignatureVerifier& verifier_;
  std::vector<Row> rows_;
  OutdatedResult result_;
};

}  // namespace

Result<OutdatedResult> outdated(const Workspace& workspace, image::Registry& registry,
                                image::SignatureVerifier& verifier) {
  return OutdatedCheck(workspace, registry, verifier).run();
}

}  // namespace lock::ops
