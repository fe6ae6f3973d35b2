#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "lockfile/ops/demand.hpp"
#include "lockfile/ops/finding.hpp"
#include "lockfile/ops/lock_file.hpp"
#include "lockfile/ops/verify.hpp"
#include "resolver/base/text.hpp"

namespace lock::ops {
namespace {

using document::Document;
using document::Entry;

std::string also(const Demand& demand) {
  const std::size_t others = demand.occurrences.size() - 1;
  return others == 0 ? "" : " (and in " + base::count_of(others, "other place") + ")";
}

class TreeCheck {
 public:
  TreeCheck(const Workspace& workspace, const Scope& scope, const ScopeScan& scan, Verification& out)
      : workspace_(workspace), scope_(scope), scan_(scan), out_(out) {}

  void check(const LockFile& lock) {
    for (image::Finding& finding : scope_.policy.expired(workspace_.today)) out_.findings.push_back(std::move(finding));
    for (const image::Finding& finding : lock.reading.findings) {
      out_.findings.push_back(finding);
      if (finding.reference.empty()) broken_ = true;
      refused_.insert(finding.reference);
    }
    const Document& document = lock.reading.document;
    const Demands wanted = demands_in(scan_.occurrences, document, scope_.lock_file);
    for (const Demand& demand : wanted.demands) out_.checked.occurrences += demand.occurrences.size();
    out_.checked.entries += document.entries().size();
    if (!lock.exists) return missing(wanted);
    if (broken_) return;  // what an unreadable part holds is not known, and the lock fails already
    for (const image::Finding& finding : wanted.pins_differ) add(finding);
    for (const Demand& demand : wanted.demands) check_demand(demand, document);
    check_unused(wanted, document);
  }

 private:
  void add(image::Finding finding) { Findings(workspace_, scope_, out_.findings).add(std::move(finding)); }

  void missing(const Demands& wanted) {
    const auto declared = std::ranges::count_if(wanted.demands, [](const Demand& demand) { return demand.declared(); });
    if (declared == 0) return;
    image::Finding finding = finding_of("lock-missing",
                                        "there is no " + scope_.lock_file + ", but files name " +
                                            base::count_of(static_cast<std::size_t>(declared), "image"),
                                        "run `lock update` and commit it");
    finding.place.file = scope_.lock_file;
    add(std::move(finding));
  }

  void check_demand(const Demand& demand, const Document& document) {
    const std::string key = demand.key.canonical();
    const image::Occurrence& first = *demand.occurrences.front();
    const Entry* entry = document.find(key);
    if (entry == nullptr) {
      if (refused_.contains(key)) return;  // its entry is there and has a finding of its own
      image::Finding finding =
          demand.declared()
              ? finding_at(first, "image-not-locked",
                           demand.key.familiar() + " is not in " + scope_.lock_file + also(demand), "run `lock update`")
              : finding_at(first, "guessed-reference",
                           demand.key.familiar() + " looks like an image and is not locked");
      finding.reference = key;
      return add(std::move(finding));
    }
    if (!demand.pin || entry->digest == *demand.pin) return;
    image::Finding finding = finding_at(
        first, "image-not-locked",
        demand.key.familiar() + " is pinned to another digest than the locked one" + also(demand), "run `lock update`");
    finding.reference = key;
    finding.digest = demand.pin->text();
    finding.expected = entry->digest.text();
    finding.actual = demand.pin->text();
    add(std::move(finding));
  }

  void check_unused(const Demands& wanted, const Document& document) {
    if (scan_.incomplete) return;  // a file that could not be read may name it
    std::set<std::string> used;
    for (const Demand& demand : wanted.demands) used.insert(demand.key.canonical());
    for (const Entry& entry : document.entries()) {
      if (used.contains(entry.key()) || entry.origin == document::Origin::rendered) continue;
      image::Finding finding =
          finding_of("entry-unused", "no file names " + entry.reference.familiar() + " any more", "run `lock update`");
      finding.reference = entry.key();
      finding.digest = entry.digest.text();
      finding.place.file = scope_.lock_file;
      add(std::move(finding));
    }
  }

  const Workspace& workspace_;
  const Scope& scope_;
  const ScopeScan& scan_;
  Verification& out_;
  bool broken_ = false;
  std::set<std::string> refused_;
};

}  // namespace

namespace {

// A rule of an outer scope may be there for an inner one, so all locks are looked at. One that cannot be read may hold
// what a rule is about.
void check_rules(const Workspace& workspace, const std::vector<LockFile>& locks, Verification& out) {
  struct Use {
    const Scope* scope;
    bool used = false;
  };
  std::map<std::pair<std::string, Position>, Use> rules;
  for (std::size_t i = 0; i < locks.size(); ++i) {
    if (!locks[i].exists || !locks[i].reading.findings.empty()) return;
    const Scope& scope = workspace.scopes[i];
    for (const settings::Rule* rule : scope.policy.rules_of_the_run()) {
      rules.try_emplace({rule->place.file, rule->place.position}, Use{&scope});
    }
    for (const Entry& entry : locks[i].reading.document.entries()) {
      for (const settings::Rule* rule : scope.policy.rules_for(entry.reference)) {
        if (const auto row = rules.find({rule->place.file, rule->place.position}); row != rules.end()) {
          row->second.used = true;
        }
      }
    }
  }
  for (const auto& [place, use] : rules) {
    if (use.used) continue;
    image::Finding finding = finding_of("rule-unused", "this rule matches no locked image",
                                        "its globs see canonical names, as `lock list --report json` shows them");
    finding.place.file = place.first;
    finding.place.position = place.second;
    Findings(workspace, *use.scope, out.findings).add(std::move(finding));
  }
}

}  // namespace

Result<Verification> verify_tree(const Workspace& workspace, const Scan& scan) {
  Verification out;
  std::vector<LockFile> locks;
  for (std::size_t i = 0; i < workspace.scopes.size(); ++i) {
    auto lock = read_lock(workspace, workspace.scopes[i]);
    if (!lock) return std::unexpected(lock.error());
    TreeCheck(workspace, workspace.scopes[i], scan.scopes[i], out).check(*lock);
    locks.push_back(std::move(*lock));
  }
  check_rules(workspace, locks, out);
  out.findings.insert(out.findings.end(), scan.findings.begin(), scan.findings.end());
  out.undetermined.insert(out.undetermined.end(), scan.undetermined.begin(), scan.undetermined.end());
  sort_findings(out.findings);
  sort_undetermined(out.undetermined);
  return out;
}

void append(Verification& to, Verification&& from) {
  to.checked.entries = std::max(to.checked.entries, from.checked.entries);
  to.checked.occurrences = std::max(to.checked.occurrences, from.checked.occurrences);
  to.checked.tags += from.checked.tags;
  to.checked.digests += from.checked.digests;
  to.checked.signatures += from.checked.signatures;
  to.checked.objects += from.checked.objects;
  to.checked.statements += from.checked.statements;
  to.checked.materials += from.checked.materials;
  std::ranges::move(from.findings, std::back_inserter(to.findings));
  std::ranges::move(from.undetermined, std::back_inserter(to.undetermined));
  sort_findings(to.findings);
  sort_undetermined(to.undetermined);
}

}  // namespace lock::ops
