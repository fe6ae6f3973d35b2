// The order of work: read the locks under their guards; ask for the tags that are new or named, one wave over all
// scopes; fetch each digest that is not known from any lock, once; look for the signatures of what is new; then make
// each lock anew from what the tree demands, taking old entries where nothing new is certain; write those that changed.
#include "lockfile/ops/update.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "lockfile/document/write.hpp"
#include "lockfile/ops/demand.hpp"
#include "lockfile/ops/facts.hpp"
#include "lockfile/ops/finding.hpp"
#include "lockfile/ops/lock_file.hpp"
#include "lockfile/ops/selection.hpp"
#include "lockfile/ops/signing.hpp"
#include "lockfile/ops/used_platforms.hpp"
#include "resolver/base/file.hpp"
#include "resolver/base/text.hpp"

namespace lock::ops {
namespace {

using document::Change;
using document::Document;
using document::Entry;
using image::Digest;
using image::Occurrence;
using image::Reference;

std::string where(const Occurrence& occurrence) {
  return occurrence.file + ":" + std::to_string(occurrence.position.line);
}

// What a registry answers when it knows no such image. Docker Hub and GHCR refuse what does not exist as they refuse
// what is private; a registry that did not answer has said nothing.
bool is_no_image(const Error& error) { return error.kind == ErrorKind::absent || error.kind == ErrorKind::refused; }

// One scope's lock on its way from the old document to the new one.
struct Work {
  const Scope* scope = nullptr;
  const ScopeScan* scan = nullptr;
  LockFile lock;
  Document old;  // the entries that may be relied on, but for those that are doubtful
  std::set<Reference> doubtful;
  bool blocked = false;  // the lock has findings that nobody asked to overwrite
  Document fresh;
  std::optional<Signing> signing;  // once the signatures were surveyed
};

class Updater {
 public:
  Updater(const Workspace& workspace, const Scan& scan, const UpdateOptions& options, image::Registry& registry,
          image::SignatureVerifier& verifier)
      : workspace_(workspace), scan_(scan), options_(options), registry_(registry), verifier_(verifier) {}

  Result<UpdateResult> run() {
    auto selection = Selection::make(options_.images, options_.upgrade);
    if (!selection) return std::unexpected(std::move(selection.error()));
    selection_ = std::move(*selection);
    if (auto done = open_locks(); !done) return std::unexpected(std::move(done.error()));
    if (auto done = check_selection(); !done) return std::unexpected(std::move(done.error()));
    ask_tags();
    fetch();
    survey();
    for (Work& work : works_) {
      if (!work.blocked) build(work);
    }
    if (!options_.dry_run) {
      if (auto done = write(); !done) return std::unexpected(std::move(done.error()));
    }
    finish();
    return std::move(result_);
  }

 private:
  Result<void> open_locks() {
    for (std::size_t i = 0; i < workspace_.scopes.size(); ++i) {
      Work work;
      work.scope = &workspace_.scopes[i];
      work.scan = &scan_.scopes[i];
      if (!options_.dry_run) {
        auto guard = base::FileGuard::acquire(workspace_.root / work.scope->lock_file, options_.guard_seconds);
        if (!guard) return std::unexpected(std::move(guard.error()));
        guards_.push_back(std::move(*guard));
      }
      auto lock = read_lock(workspace_, *work.scope);
      if (!lock) return std::unexpected(std::move(lock.error()));
      work.lock = std::move(*lock);
      begin_with(work);
      work.old = work.lock.reading.document;
      work.blocked = !std::ranges::all_of(work.lock.reading.findings, [this](const image::Finding& finding) {
        return !finding.reference.empty() && selection_.has(Reference::parse(finding.reference).value());
      });
      drop_doubtful(work);
      if (work.blocked) {
        for (const image::Finding& finding : work.lock.reading.findings) result_.findings.push_back(finding);
      }
      works_.push_back(std::move(work));
    }
    return {};
  }

  void begin_with(Work& work) const {
    const auto start = std::ranges::find(options_.starts, work.scope->lock_file, &StartingLock::lock_file);
    if (start == options_.starts.end()) return;
    work.lock.reading = {start->document, {}};
    work.doubtful = start->doubtful;
  }

  // What the lock said, where that is still good when nothing new is certain.
  static const Entry* kept(const Work& work, const Reference& key) {
    return work.doubtful.contains(key) ? nullptr : work.old.find(key);
  }

  // The reader keeps the first of two entries with one reference; which of them is right nobody knows.
  static void drop_doubtful(Work& work) {
    for (const image::Finding& finding : work.lock.reading.findings) {
      if (!finding.reference.empty()) work.old.remove(finding.reference);
    }
  }

  Result<void> check_selection() {
    std::vector<Reference> known;
    for (const Work& work : works_) {
      for (const Entry& entry : work.old.entries()) known.push_back(entry.reference);
      for (const image::Finding& finding : work.lock.reading.findings) {
        if (!finding.reference.empty()) known.push_back(Reference::parse(finding.reference).value());
      }
      for (const Occurrence& occurrence : work.scan->occurrences) {
        if (occurrence.status == image::Status::resolved && occurrence.reference) {
          known.push_back(*occurrence.reference);
        }
      }
    }
    return selection_.require_known(known);
  }

  [[nodiscard]] bool known(const Work& work, const Reference& tag) const {
    return kept(work, tag) != nullptr && !selection_.has(tag);
  }

  void ask_tags() {
    std::set<Reference> tags;
    for (const Work& work : works_) {
      if (work.blocked) continue;
      for (const Reference& tag : tags_without_digest(work.scan->occurrences)) {
        if (known(work, tag)) continue;
        if (const auto answer = options_.answers.find(tag); answer != options_.answers.end()) {
          resolved_.insert(*answer);
        } else {
          tags.insert(tag);
        }
      }
    }
    if (tags.empty()) return;
    const std::vector<Reference> ask(tags.begin(), tags.end());
    auto answers = registry_.resolve(ask);
    for (std::size_t i = 0; i < ask.size(); ++i) resolved_.emplace(ask[i], std::move(answers[i]));
    result_.counts.asked = ask.size();
  }

  // What the tag's entry will say: the known digest, the new one, or the old one when the new one is not certain.
  [[nodiscard]] std::optional<Digest> tag_digest(const Work& work, const Reference& tag) const {
    const Entry* old = kept(work, tag);
    const auto answer = resolved_.find(tag);
    const bool asked = answer != resolved_.end() && !known(work, tag);
    if (asked && answer->second && !held_back_.contains({&work, tag}) && !refused(work, tag, answer->second->digest)) {
      const auto facts = facts_.find(answer->second->digest);
      if (facts == facts_.end() || facts->second || old == nullptr) return answer->second->digest;
    }
    return old != nullptr ? std::optional(old->digest) : std::nullopt;
  }

  [[nodiscard]] Demands demands(const Work& work) const {
    return demands_of(work.scan->occurrences, [&](const Reference& tag) { return tag_digest(work, tag); });
  }

  // The digests that the new locks will hold and that no old lock knows.
  void fetch() {
    for (const Work& work : works_) {
      for (const Entry& entry : work.old.entries()) {
        if (work.doubtful.contains(entry.reference)) continue;
        facts_.try_emplace(entry.digest, Facts{entry.media_type, entry.platforms});
      }
    }
    std::vector<FactQuestion> questions;
    for (const Work& work : works_) {
      if (work.blocked) continue;
      for (const Demand& demand : demands(work).demands) {
        const auto digest = demand.pin ? demand.pin : tag_digest(work, demand.key);
        if (digest && !facts_.contains(*digest)) questions.push_back(question(demand, *digest));
      }
    }
    if (!questions.empty()) {
      for (auto& [digest, facts] : fetch_facts(questions, registry_)) {
        facts_.emplace(digest, std::move(facts));
        ++result_.counts.fetched;
      }
    }
    for (Work& work : works_) {
      if (!work.blocked && !options_.allow_missing_platforms) hold_back(work);
    }
  }

  [[nodiscard]] FactQuestion question(const Demand& demand, const Digest& digest) const {
    FactQuestion asked{demand.key.by_digest(digest), std::nullopt, {}};
    const auto answer = demand.pin ? resolved_.end() : resolved_.find(demand.key);
    if (answer != resolved_.end() && answer->second && answer->second->digest == digest) {
      asked.content = answer->second->content;
      asked.served_type = answer->second->media_type;
    }
    return asked;
  }

  // Publishers add platforms one by one: a tag that moved to an index without one that is used keeps its old digest.
  void hold_back(Work& work) {
    for (const auto& [tag, answer] : resolved_) {
      const Entry* old = kept(work, tag);
      if (old == nullptr || !answer || answer->digest == old->digest || known(work, tag)) continue;
      const auto facts = facts_.find(answer->digest);
      if (facts == facts_.end() || !facts->second) continue;
      const std::vector<std::string> lost = lost_platforms(work.scope->policy, *old, facts->second->platforms);
      if (lost.empty()) continue;
      held_back_.insert({&work, tag});
      image::Finding finding = finding_of(
          "platform-held-back",
          tag.familiar() + " moved to an image without " + base::join(lost, ", ") + "; the old digest is kept",
          "wait until it is published, or run `lock update --allow-missing-platforms " + tag.familiar() + "`");
      finding.reference = tag.canonical();
      finding.digest = old->digest.text();
      finding.actual = answer->digest.text();
      add(work, std::move(finding));
    }
  }

  // Who signed, of each digest that is new in a lock or was asked for anew.
  void survey() {
    std::set<Reference> images;
    for (Work& work : works_) {
      if (work.blocked) continue;
      for (const Demand& demand : demands(work).demands) {
        const auto digest = demand.pin ? demand.pin : tag_digest(work, demand.key);
        if (!digest || !facts_.at(*digest)) continue;
        if (is_new(work, demand.key, *digest)) images.insert(demand.key.by_digest(*digest));
      }
    }
    const std::vector<Reference> ask(images.begin(), images.end());
    if (!ask.empty()) {
      auto surveys = verifier_.survey(ask);
      for (std::size_t i = 0; i < ask.size(); ++i) surveys_.emplace(ask[i], std::move(surveys[i]));
    }
    result_.counts.surveyed = ask.size();
    for (Work& work : works_) {
      if (!work.blocked) work.signing.emplace(workspace_, *work.scope, work.old, surveys_);
    }
    for (std::string& text : verifier_.notes()) {
      result_.findings.push_back(finding_of("trusted-root-old", std::move(text), "install a newer lock"));
    }
  }

  [[nodiscard]] bool is_new(const Work& work, const Reference& key, const Digest& digest) const {
    const Entry* old = work.old.find(key);
    return old == nullptr || old->digest != digest || selection_.has(key) || work.doubtful.contains(key);
  }

  [[nodiscard]] static bool refused(const Work& work, const Reference& key, const Digest& digest) {
    return work.signing && work.signing->is_refused(key, digest);
  }

  void build(Work& work) {
    Demands wanted = demands(work);
    for (image::Finding& finding : wanted.pins_differ) add(work, std::move(finding));
    work.fresh.set_version(work.old.version());
    for (const Demand& demand : wanted.demands) put(work, demand);
    // A file that could not be read may name any of the entries that seem unused now.
    if (work.scan->incomplete) {
      for (const Entry& entry : work.old.entries()) {
        if (work.doubtful.contains(entry.reference)) continue;
        if (work.fresh.find(entry.reference) == nullptr) work.fresh.insert(entry);
      }
    }
    note_changes(work, wanted);
  }

  void put(Work& work, const Demand& demand) {
    const auto digest = demand.pin ? demand.pin : tag_digest(work, demand.key);
    const Entry* old = kept(work, demand.key);
    const auto answer = demand.pin ? resolved_.end() : resolved_.find(demand.key);
    if (answer != resolved_.end() && !known(work, demand.key)) {
      const auto moved = answer->second ? facts_.find(answer->second->digest) : facts_.end();
      if (!answer->second) report(work, demand, answer->second.error(), old);
      if (moved != facts_.end() && !moved->second && digest != moved->first) {
        report(work, demand, moved->second.error(), old);
      }
      if (answer->second && refused(work, demand.key, answer->second->digest)) {
        return refuse(work, demand, answer->second->digest, old);
      }
    }
    if (digest && is_new(work, demand.key, *digest) && refused(work, demand.key, *digest)) {
      return refuse(work, demand, *digest, old);
    }
    const auto facts = digest ? facts_.find(*digest) : facts_.end();
    if (digest && facts != facts_.end() && facts->second) {
      Entry entry{demand.key, *digest, facts->second->media_type, facts->second->platforms, {}};
      if (is_new(work, demand.key, *digest)) {
        say(work, demand, work.signing->record(entry));
      } else {
        entry.signers = old->signers;
        entry.without_signer = old->without_signer;
      }
      report_missing_platforms(work, demand, entry);
      work.fresh.insert(std::move(entry));
      return;
    }
    if (facts != facts_.end() && !facts->second) report(work, demand, facts->second.error(), old);
    if (old != nullptr) work.fresh.insert(*old);
  }

  void refuse(Work& work, const Demand& demand, const Digest& digest, const Entry* old) {
    say(work, demand, work.signing->objections(demand.key, digest));
    if (old != nullptr) work.fresh.insert(*old);
  }

  void say(Work& work, const Demand& demand, std::vector<Objection> objections) {
    for (Objection& one : objections) {
      one.finding.place = place_of(*demand.occurrences.front());
      one.finding.object = demand.occurrences.front()->object;
      if (one.cause.empty()) {
        add(work, std::move(one.finding));
      } else {
        result_.undetermined.push_back({std::move(one.finding), std::move(one.cause)});
      }
    }
  }

  // Why a demand got no new entry.
  void report(Work& work, const Demand& demand, const Error& error, const Entry* old) {
    const Occurrence& at = *demand.occurrences.front();
    const bool kept = old != nullptr;
    const std::string name = demand.key.familiar();
    if (!demand.declared() && !kept && is_no_image(error)) {
      return add(work,
                 finding_at(at, "guessed-reference", name + " is not locked: " + base::describe(error), error.hint));
    }
    const std::string tail = kept ? "; the old digest is kept" : "";
    if (error.kind == ErrorKind::absent) {
      if (demand.pin) {
        return add(work, entry_finding(at, demand, "digest-gone", "the registry has no " + name + " with this digest"));
      }
      if (kept)
        return add(work, entry_finding(at, demand, "tag-gone", "the registry has no " + name + " any more" + tail));
      return add(work, entry_finding(at, demand, "image-absent", "the registry has no " + name));
    }
    if (error.kind == ErrorKind::mismatch) {
      return add(work, entry_finding(at, demand, "digest-mismatch", base::describe(error) + tail));
    }
    image::Finding question =
        demand.declared() || kept
            ? entry_finding(at, demand, "image-not-locked", "cannot resolve " + name + tail)
            : finding_at(at, "guessed-reference", "cannot see whether " + name + " is an image",
                         "if it is none, leave the place out with `lock:ignore <reason>` in a comment");
    result_.undetermined.push_back(undetermined_of(std::move(question), error));
  }

  static image::Finding entry_finding(const Occurrence& at, const Demand& demand, std::string_view check,
                                      std::string message) {
    image::Finding finding = finding_at(at, check, std::move(message));
    finding.reference = demand.key.canonical();
    if (demand.pin) finding.digest = demand.pin->text();
    return finding;
  }

  void report_missing_platforms(Work& work, const Demand& demand, const Entry& entry) {
    const std::vector<std::string> missing = missing_platforms(work.scope->policy, entry);
    if (missing.empty()) return;
    image::Finding finding = entry_finding(*demand.occurrences.front(), demand, "platform-missing",
                                           demand.key.familiar() + " does not exist for " + base::join(missing, ", "));
    finding.digest = entry.digest.text();
    add(work, std::move(finding));
  }

  void note_changes(Work& work, const Demands& wanted) {
    std::map<std::string, const Demand*> by_key;
    for (const Demand& demand : wanted.demands) by_key.emplace(demand.key.canonical(), &demand);
    for (const document::Difference& difference : document::compare(work.old, work.fresh)) {
      UpdateChange change;
      change.lock_file = work.scope->lock_file;
      change.reference = difference.either().key();
      change.change = difference.change;
      if (difference.before) {
        change.old_digest = difference.before->digest.text();
        change.old_signers = difference.before->signers;
      }
      if (difference.after) {
        change.new_digest = difference.after->digest.text();
        change.new_signers = difference.after->signers;
      }
      const auto demand = by_key.find(change.reference);
      change.reason = reason_of(difference.change, demand == by_key.end() ? nullptr : demand->second);
      result_.changes.push_back(std::move(change));
    }
    result_.counts.entries += work.fresh.entries().size();
    for (const Entry& entry : work.fresh.entries()) {
      const Entry* old = work.old.find(entry.reference);
      if (old != nullptr && *old == entry) ++result_.counts.kept;
    }
  }

  static std::string reason_of(Change change, const Demand* demand) {
    switch (change) {
      case Change::added: return "named in " + where(*demand->occurrences.front());
      case Change::removed: return "no file names it";
      case Change::digest: return demand->pin ? "pinned in " + where(*demand->occurrences.front()) : "the tag moved";
      case Change::signers: return "the signatures were read anew";
      case Change::platforms: return "the platforms were read anew";
    }
    std::unreachable();
  }

  Result<void> write() {
    for (const Work& work : works_) {
      // A scope without images gets no lock, but one that has a lock keeps an empty one.
      if (work.blocked || (!work.lock.exists && work.fresh.entries().empty())) continue;
      const std::string text = document::write(work.fresh);
      if (work.lock.exists && text == work.lock.text) continue;
      if (auto done = base::write_file_atomically(workspace_.root / work.scope->lock_file, text); !done) {
        return std::unexpected(std::move(done.error()));
      }
      ++result_.counts.written;
    }
    return {};
  }

  void finish() {
    result_.findings.insert(result_.findings.end(), scan_.findings.begin(), scan_.findings.end());
    result_.undetermined.insert(result_.undetermined.end(), scan_.undetermined.begin(), scan_.undetermined.end());
    sort_findings(result_.findings);
    sort_undetermined(result_.undetermined);
  }

  void add(Work& work, image::Finding finding) {
    Findings(workspace_, *work.scope, result_.findings).add(std::move(finding));
  }

  const Workspace& workspace_;
  const Scan& scan_;
  const UpdateOptions& options_;
  image::Registry& registry_;
  image::SignatureVerifier& verifier_;
  Selection selection_;
  std::vector<base::FileGuard> guards_;
  std::vector<Work> works_;
  std::map<Reference, Result<image::Resolution>> resolved_;
  std::set<std::pair<const Work*, Reference>> held_back_;
  std::map<Digest, Result<Facts>> facts_;
  Surveys surveys_;
  UpdateResult result_;
};

}  // namespace

Result<UpdateResult> update(const Workspace& workspace, const Scan& scan, const UpdateOptions& options,
                            image::Registry& registry, image::SignatureVerifier& verifier) {
  return Updater(workspace, scan, options, registry, verifier).run();
}

}  // namespace lock::ops
