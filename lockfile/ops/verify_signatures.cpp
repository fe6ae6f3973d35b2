// One survey over all scopes; then each entry is judged by what its lock recorded and by the rules of its scope.
#include <iterator>
#include <map>
#include <utility>

#include "lockfile/ops/demand.hpp"
#include "lockfile/ops/finding.hpp"
#include "lockfile/ops/lock_file.hpp"
#include "lockfile/ops/signatures.hpp"
#include "lockfile/ops/verify.hpp"

namespace lock::ops {
namespace {

using document::Document;
using document::Entry;
using image::Reference;

struct Row {
  const Scope* scope = nullptr;
  const Entry* entry = nullptr;
  const image::Occurrence* first = nullptr;  // a place that uses it
};

void append(std::vector<Objection>& to, std::vector<Objection> from) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

class SignatureCheck {
 public:
  SignatureCheck(const Workspace& workspace, image::SignatureVerifier& verifier)
      : workspace_(workspace), verifier_(verifier) {}

  void add_scope(const Scope& scope, const ScopeScan& scan, const Document& document) {
    const Demands wanted = demands_in(scan.occurrences, document);
    std::map<std::string, const image::Occurrence*> first;
    for (const Demand& demand : wanted.demands) first.emplace(demand.key.canonical(), demand.occurrences.front());
    for (const Entry& entry : document.entries()) {
      if (entry.signers.empty() && scope.policy.rules_for(entry.reference).empty()) continue;
      const auto use = first.find(entry.key());
      rows_.push_back({&scope, &entry, use == first.end() ? nullptr : use->second});
    }
    out_.checked.entries += document.entries().size();
  }

  Verification run() {
    std::map<Reference, std::vector<const Row*>> images;
    for (const Row& row : rows_) images[row.entry->reference.by_digest(row.entry->digest)].push_back(&row);
    std::vector<Reference> ask;
    for (const auto& [image, rows] : images) ask.push_back(image);
    survey_each(verifier_, ask, [&](std::size_t i, image::SignatureSurvey survey) {
      for (const Row* row : images.at(ask[i])) judge(*row, survey);
    });
    for (std::string& text : verifier_.notes()) {
      out_.findings.push_back(finding_of("trusted-root-old", std::move(text), "install a newer lock"));
    }
    out_.checked.signatures = rows_.size();
    sort_findings(out_.findings);
    sort_undetermined(out_.undetermined);
    return std::move(out_);
  }

 private:
  void judge(const Row& row, const image::SignatureSurvey& survey) {
    const Surveyed image{row.entry->reference, &survey};
    std::vector<Objection> objections = missing_of(image, row.entry->signers);
    append(objections, unmet_rules(image, row.scope->policy));
    if (objections.empty()) {
      if (auto unread = unread_of(image)) {  // what is asked for is there
        unread->finding.message += ": " + std::exchange(unread->cause, {});
        unread->finding.hint.clear();
        objections.push_back(std::move(*unread));
      }
    }
    append(objections, beside(image));
    append(objections, new_signers(image, row.entry->signers));
    for (Objection& one : objections) say(row, std::move(one));
  }

  void say(const Row& row, Objection objection) {
    image::Finding& finding = objection.finding;
    if (row.first == nullptr) {
      finding.place.file = row.scope->lock_file;
    } else {
      finding.place = place_of(*row.first);
      finding.object = row.first->object;
    }
    settle_check(objection, row.scope->policy, workspace_.today);
    if (objection.cause.empty()) return Findings(workspace_, *row.scope, out_.findings).add(std::move(finding));
    out_.undetermined.push_back({std::move(finding), std::move(objection.cause)});
  }

  const Workspace& workspace_;
  image::SignatureVerifier& verifier_;
  std::vector<Row> rows_;
  Verification out_;
};

}  // namespace

Result<Verification> verify_signatures(const Workspace& workspace, const Scan& scan,
                                       image::SignatureVerifier& verifier) {
  std::vector<LockFile> locks;
  for (const Scope& scope : workspace.scopes) {
    auto lock = read_lock(workspace, scope);
    if (!lock) return std::unexpected(std::move(lock.error()));
    locks.push_back(std::move(*lock));
  }
  SignatureCheck check(workspace, verifier);
  for (std::size_t i = 0; i < locks.size(); ++i) {
    check.add_scope(workspace.scopes[i], scan.scopes[i], locks[i].reading.document);
  }
  return check.run();
}

}  // namespace lock::ops
