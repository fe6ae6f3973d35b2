// Two waves over all scopes: what the tags say now, and whether each digest is still there. A digest that is answered
// for under its tag is asked for once more by digest: the first answer may be a mirror's, the second is the registry's.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "lockfile/ops/demand.hpp"
#include "lockfile/ops/finding.hpp"
#include "lockfile/ops/lock_file.hpp"
#include "lockfile/ops/used_platforms.hpp"
#include "lockfile/ops/verify.hpp"

namespace lock::ops {
namespace {

using document::Document;
using document::Entry;
using image::Occurrence;
using image::Presence;
using image::Reference;
using image::Severity;

// An entry, and where the tree uses it.
struct Row {
  const Scope* scope = nullptr;
  const Entry* entry = nullptr;
  const Occurrence* first = nullptr;    // any place
  const Occurrence* by_tag = nullptr;   // a place from which a pipeline would pull by tag
  const Occurrence* guessed = nullptr;  // the same, but it may be no image at all
};

struct Question {
  std::size_t row = 0;
  Reference image;       // by digest
  std::string platform;  // empty: the entry's own digest
};

class RegistryCheck {
 public:
  RegistryCheck(const Workspace& workspace, image::Registry& registry) : workspace_(workspace), registry_(registry) {}

  void add_scope(const Scope& scope, const ScopeScan& scan, const Document& document) {
    const Demands wanted = demands_in(scan.occurrences, document);
    std::map<std::string, const Demand*> by_key;
    for (const Demand& demand : wanted.demands) by_key.emplace(demand.key.canonical(), &demand);
    for (const Entry& entry : document.entries()) {
      Row row{&scope, &entry};
      if (const auto demand = by_key.find(entry.key()); demand != by_key.end()) use(row, *demand->second);
      rows_.push_back(row);
    }
    out_.checked.entries += document.entries().size();
  }

  Verification run() {
    ask_tags();
    ask_digests();
    note_layouts();
    sort_findings(out_.findings);
    sort_undetermined(out_.undetermined);
    return std::move(out_);
  }

 private:
  static void use(Row& row, const Demand& demand) {
    row.first = demand.occurrences.front();
    for (const Occurrence* occurrence : demand.occurrences) {
      const bool in_force =
          occurrence->reference->digest() || row.scope->policy.find_enforce(occurrence->file) != nullptr;
      if (in_force) continue;
      const bool guess = occurrence->occurrence_class == image::Class::guessed;
      const Occurrence*& slot = guess ? row.guessed : row.by_tag;
      if (slot == nullptr) slot = occurrence;
    }
  }

  void add(const Row& row, image::Finding finding) {
    Findings(workspace_, *row.scope, out_.findings).add(std::move(finding));
  }

  // At the place that matters most for a moved tag, or in the lock.
  static image::Finding make(const Row& row, const Occurrence* at, std::string_view check, std::string message,
                             std::string hint = {}) {
    image::Finding finding = at != nullptr ? finding_at(*at, check, std::move(message), std::move(hint))
                                           : finding_of(check, std::move(message), std::move(hint));
    if (at == nullptr) finding.place.file = row.scope->lock_file;
    finding.reference = row.entry->key();
    finding.digest = row.entry->digest.text();
    return finding;
  }

  void ask_tags() {
    std::vector<Reference> ask;
    std::vector<std::size_t> whose;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const Reference& key = rows_[i].entry->reference;
      if (!key.tag() || key.digest()) continue;  // a pin of its own does not follow its tag
      ask.push_back(key);
      whose.push_back(i);
    }
    if (ask.empty()) return;
    const auto answers = registry_.resolve(ask);
    for (std::size_t i = 0; i < ask.size(); ++i) judge_tag(rows_[whose[i]], answers[i]);
    out_.checked.tags += ask.size();
  }

  void judge_tag(const Row& row, const Result<image::Resolution>& answer) {
    if (answer && answer->digest == row.entry->digest) return;
    const std::string name = row.entry->reference.familiar();
    const Occurrence* at = row.by_tag != nullptr ? row.by_tag : row.guessed != nullptr ? row.guessed : row.first;
    const Severity severity = row.by_tag != nullptr    ? Severity::error
                              : row.guessed != nullptr ? Severity::warning
                                                       : Severity::note;
    if (answer) {
      image::Finding finding =
          make(row, at, "tag-moved", name + " names another digest now than the locked one",
               severity == Severity::note
                   ? "run `lock update " + name + "` to take it"
                   : "run `lock update " + name + "` to take it, or write the locked digest behind the tag");
      finding.severity = severity;
      finding.expected = row.entry->digest.text();
      finding.actual = answer->digest.text();
      return add(row, std::move(finding));
    }
    if (answer.error().kind == ErrorKind::absent) {
      image::Finding finding = make(row, at, "tag-gone", "the registry has no " + name + " any more");
      finding.severity = severity;
      finding.expected = row.entry->digest.text();
      return add(row, std::move(finding));
    }
    image::Finding question = make(row, at, "tag-moved", "cannot see whether " + name + " moved");
    question.severity = severity;
    out_.undetermined.push_back(undetermined_of(std::move(question), answer.error()));
  }

  void ask_digests() {
    std::vector<Question> questions;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const Entry& entry = *rows_[i].entry;
      questions.push_back({i, entry.reference.by_digest(entry.digest), {}});
      for (const auto& [platform, digest] : used_platforms(rows_[i].scope->policy, entry)) {
        if (digest != entry.digest) questions.push_back({i, entry.reference.by_digest(digest), platform.text()});
      }
    }
    if (questions.empty()) return;
    std::vector<Reference> ask;
    for (const Question& question : questions) ask.push_back(question.image);
    const auto answers = registry_.presence(ask);
    for (std::size_t i = 0; i < questions.size(); ++i) judge_presence(questions[i], answers[i]);
    out_.checked.digests += std::set<Reference>(ask.begin(), ask.end()).size();
  }

  void judge_presence(const Question& question, const Result<Presence>& answer) {
    const Row& row = rows_[question.row];
    const std::string name = row.entry->reference.familiar();
    const std::string what = question.platform.empty() ? name : question.platform + " of " + name;
    const std::string_view check = question.platform.empty() ? "digest-gone" : "platform-gone";
    if (answer && *answer == Presence::present) return;
    const bool gone = answer ? *answer == Presence::gone : answer.error().kind == ErrorKind::absent;
    image::Finding finding;
    if (gone) {
      finding = make(row, row.first, check, "the registry says that " + what + " is gone",
                     "run `lock update " + name + "` to resolve it anew");
    } else if (answer) {
      const bool said_gone = *answer == Presence::only_at_mirror;
      finding = make(row, row.first, "digest-only-at-mirror",
                     said_gone ? what + " is gone from its registry, a mirror still has it"
                               : what + " is served by a mirror, its registry cannot be reached",
                     said_gone ? "run `lock update " + name + "` to resolve it anew, while there is time"
                               : "if the registry is gone for good, `lock update` can resolve tags at a mirror with "
                                 "`resolve = true`");
    } else if (answer.error().kind == ErrorKind::mismatch || answer.error().kind == ErrorKind::malformed) {
      finding =
          make(row, row.first, "digest-mismatch", what + ": " + base::describe(answer.error()), answer.error().hint);
    } else {
      finding = make(row, row.first, check, "cannot see whether " + what + " is still there");
      finding.digest = question.image.digest()->text();
      out_.undetermined.push_back(undetermined_of(std::move(finding), answer.error()));
      return;
    }
    finding.digest = question.image.digest()->text();
    add(row, std::move(finding));
  }

  void note_layouts() {
    std::set<std::string> used;
    for (const Row& row : rows_) used.insert(row.entry->reference.repository().registry);
    for (const auto& [name, registry] : workspace_.registries) {
      if (registry.layout.empty() || !used.contains(name)) continue;
      image::Finding finding =
          finding_of("layout-stands-in", "the layout " + registry.layout + " stands in for " + name);
      finding.place = registry.place;
      out_.findings.push_back(std::move(finding));
    }
  }

  const Workspace& workspace_;
  image::Registry& registry_;
  std::vector<Row> rows_;
  Verification out_;
};

}  // namespace

Result<Verification> verify_registry(const Workspace& workspace, const Scan& scan, image::Registry& registry) {
  std::vector<LockFile> locks;
  for (const Scope& scope : workspace.scopes) {
    auto lock = read_lock(workspace, scope);
    if (!lock) return std::unexpected(std::move(lock.error()));
    locks.push_back(std::move(*lock));
  }
  RegistryCheck check(workspace, registry);
  for (std::size_t i = 0; i < locks.size(); ++i) {
    check.add_scope(workspace.scopes[i], scan.scopes[i], locks[i].reading.document);
  }
  return check.run();
}

}  // namespace lock::ops
