// The order of work: read the locks under their guards; ask for the tags that are new or named, one wave over all
// scopes; fetch each digest that is not known from any lock, once; look for the signatures of what is new; then make
// each lock anew from what the tree demands, taking old entries where nothing new is certain; write those that changed.
#include "lockfile/ops/update.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "lockfile/document/write.hpp"
#include "lockfile/ops/demand.hpp"
#include "lockfile/ops/facts.hpp"
#include "lockfile/ops/finding.hpp"
#include "lockfile/ops/update_changes.hpp"
#include "lockfile/ops/update_pins.hpp"
#include "lockfile/ops/update_work.hpp"
#include "lockfile/ops/used_platforms.hpp"
#include "resolver/base/file.hpp"
#include "resolver/base/text.hpp"

namespace lock::ops {
namespace {

using document::Entry;
using image::Digest;
using image::Reference;

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
    if (auto done = gather_places(workspace_, scan_, options_.rendered, works_, result_); !done) {
      return std::unexpected(std::move(done.error()));
    }
    if (auto done = check_selection(selection_, works_); !done) return std::unexpected(std::move(done.error()));
    take_pins();
    ask_tags();
    fetch();
    if (auto done = move_pins(); !done) return std::unexpected(std::move(done.error()));
    for (UpdateWork& work : works_) {
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
      const std::string& lock_file = workspace_.scopes[i].lock_file;
      if (!options_.dry_run) {
        auto guard = base::FileGuard::acquire(workspace_.root / lock_file, options_.guard_seconds);
        if (!guard) return std::unexpected(std::move(guard.error()));
        guards_.push_back(std::move(*guard));
      }
      const auto start = std::ranges::find(options_.starts, lock_file, &StartingLock::lock_file);
      auto work = open_work(workspace_, i, scan_, start == options_.starts.end() ? nullptr : &*start, selection_);
      if (!work) return std::unexpected(std::move(work.error()));
      if (work->blocked) {
        const auto& findings = work->lock.reading.findings;
        result_.findings.insert(result_.findings.end(), findings.begin(), findings.end());
      }
      works_.push_back(std::move(*work));
    }
    return {};
  }

  [[nodiscard]] bool known(const UpdateWork& work, const Reference& tag) const {
    return work.kept(tag) != nullptr && !selection_.has(tag);
  }

  void take_pins() {
    if (options_.write_pins == nullptr) return;
    pins_.emplace(*options_.write_pins, scan_);
    for (UpdateWork& work : works_) {
      if (!work.blocked) pins_->take(work, selection_);
    }
  }

  // After the signatures, since a tag whose new digest is refused for them stays, and with it its pins. A pin that is
  // left behind makes an entry of its own, whose signatures are looked for then.
  Result<void> move_pins() {
    survey();
    if (!pins_) return {};
    const auto digest_of = [this](const UpdateWork& work, const Reference& tag) { return tag_digest(work, tag); };
    if (auto done = pins_->plan(digest_of); !done) return done;
    if (!options_.dry_run) pins_->write();
    survey();
    return {};
  }

  void ask_tags() {
    std::set<Reference> tags;
    for (const UpdateWork& work : works_) {
      if (work.blocked) continue;
      for (const Reference& tag : tags_without_digest(work.places.all())) {
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
  [[nodiscard]] std::optional<Digest> tag_digest(const UpdateWork& work, const Reference& tag) const {
    const Entry* old = work.kept(tag);
    const auto answer = resolved_.find(tag);
    const bool asked = answer != resolved_.end() && !known(work, tag);
    if (asked && answer->second && !held_back_.contains({&work, tag}) && !refused(work, tag, answer->second->digest)) {
      const auto facts = facts_.find(answer->second->digest);
      if (facts == facts_.end() || facts->second || old == nullptr) return answer->second->digest;
    }
    return old != nullptr ? std::optional(old->digest) : std::nullopt;
  }

  [[nodiscard]] Demands demands(const UpdateWork& work) const {
    return demands_of(work.places.all(), [&](const Reference& tag) { return tag_digest(work, tag); });
  }

  // The digests that the new locks will hold and that no old lock knows.
  void fetch() {
    for (const UpdateWork& work : works_) {
      for (const Entry& entry : work.old.entries()) {
        if (work.doubtful.contains(entry.reference)) continue;
        facts_.try_emplace(entry.digest, Facts{entry.media_type, entry.platforms});
      }
    }
    std::vector<FactQuestion> questions;
    for (const UpdateWork& work : works_) {
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
    for (UpdateWork& work : works_) {
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
  void hold_back(UpdateWork& work) {
    for (const auto& [tag, answer] : resolved_) {
      const Entry* old = work.kept(tag);
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
    for (UpdateWork& work : works_) {
      if (work.blocked) continue;
      for (const Demand& demand : demands(work).demands) {
        const auto digest = demand.pin ? demand.pin : tag_digest(work, demand.key);
        if (!digest || !facts_.at(*digest)) continue;
        const Reference image = demand.key.by_digest(*digest);
        if (is_new(work, demand.key, *digest) && !surveys_.contains(image)) images.insert(image);
      }
    }
    const std::vector<Reference> ask(images.begin(), images.end());
    survey_each(verifier_, ask,
                [&](std::size_t i, image::SignatureSurvey survey) { surveys_.emplace(ask[i], std::move(survey)); });
    result_.counts.surveyed += ask.size();
    known_.clear();
    for (const UpdateWork& work : works_) add_known(work.old, known_);
    for (UpdateWork& work : works_) {
      if (!work.blocked) work.signing.emplace(workspace_, *work.scope, work.old, known_, surveys_);
    }
  }

  [[nodiscard]] bool is_new(const UpdateWork& work, const Reference& key, const Digest& digest) const {
    const Entry* old = work.old.find(key);
    return old == nullptr || old->digest != digest || selection_.has(key) || work.doubtful.contains(key);
  }

  [[nodiscard]] static bool refused(const UpdateWork& work, const Reference& key, const Digest& digest) {
    return work.signing && work.signing->is_refused(key, digest);
  }

  void build(UpdateWork& work) {
    Demands wanted = demands(work);
    for (image::Finding& finding : wanted.pins_differ) add(work, std::move(finding));
    work.fresh.set_version(work.old.version());
    for (const Demand& demand : wanted.demands) put(work, demand);
    report_followed(work, wanted);
    // A file that could not be read may name any of the entries that seem unused now.
    if (work.scan->incomplete) {
      for (const Entry& entry : work.old.entries()) {
        if (work.doubtful.contains(entry.reference)) continue;
        if (work.fresh.find(entry.reference) == nullptr) work.fresh.insert(entry);
      }
    }
    if (forgets_signers(work, wanted)) {
      work.blocked = true;
      return;
    }
    note_changes(work, wanted);
  }

  // A lock without an entry has forgotten who must sign that image, and the next update would adopt whoever does. So
  // one that nothing could replace (which was said) keeps the file as it is.
  [[nodiscard]] static bool forgets_signers(const UpdateWork& work, const Demands& wanted) {
    return std::ranges::any_of(wanted.demands, [&work](const Demand& demand) {
      if (!work.doubtful.contains(demand.key) || work.fresh.find(demand.key) != nullptr) return false;
      return !work.old.find(demand.key)->signers.empty();
    });
  }

  // Why pins stay whose tag was asked anew, where no place by tag has it said already.
  void report_followed(UpdateWork& work, const Demands& wanted) {
    if (!pins_) return;
    for (const auto& [tag, place] : pins_->tags_of(work)) {
      const auto answer = resolved_.find(tag);
      const bool said = std::ranges::any_of(wanted.demands,
                                            [&tag](const Demand& demand) { return demand.key == tag && !demand.pin; });
      if (said || answer == resolved_.end()) continue;
      const Demand asked{tag, std::nullopt, {place}};
      if (!answer->second) {
        say(work, why_not_locked(asked, answer->second.error(), true));
        continue;
      }
      const auto facts = facts_.find(answer->second->digest);
      if (facts != facts_.end() && !facts->second) say(work, why_not_locked(asked, facts->second.error(), true));
      if (refused(work, tag, answer->second->digest)) {
        say(work, asked, work.signing->objections(tag, answer->second->digest));
      }
    }
  }

  void put(UpdateWork& work, const Demand& demand) {
    const auto digest = demand.pin ? demand.pin : tag_digest(work, demand.key);
    const Entry* old = work.kept(demand.key);
    const auto answer = demand.pin ? resolved_.end() : resolved_.find(demand.key);
    if (answer != resolved_.end() && !known(work, demand.key)) {
      const auto moved = answer->second ? facts_.find(answer->second->digest) : facts_.end();
      if (!answer->second) say(work, why_not_locked(demand, answer->second.error(), old != nullptr));
      if (moved != facts_.end() && !moved->second && digest != moved->first) {
        say(work, why_not_locked(demand, moved->second.error(), old != nullptr));
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
      entry.origin = origin_of(work, demand);
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
    if (facts != facts_.end() && !facts->second) {
      say(work, why_not_locked(demand, facts->second.error(), old != nullptr));
    }
    keep(work, demand, old);
  }

  // An entry that is needed and for which nothing new is certain.
  static void keep(UpdateWork& work, const Demand& demand, const Entry* old) {
    if (old == nullptr) return;
    Entry entry = *old;
    entry.origin = origin_of(work, demand);
    work.fresh.insert(std::move(entry));
  }

  // A file that could not be read may still name what only rendering shows now.
  static document::Origin origin_of(const UpdateWork& work, const Demand& demand) {
    const Entry* old = work.old.find(demand.key);
    if (work.scan->incomplete && old != nullptr && old->origin == document::Origin::tree) return old->origin;
    return work.places.origin_of(demand);
  }

  void refuse(UpdateWork& work, const Demand& demand, const Digest& digest, const Entry* old) {
    say(work, demand, work.signing->objections(demand.key, digest));
    keep(work, demand, old);
  }

  void say(UpdateWork& work, const Demand& demand, std::vector<Objection> objections) {
    for (Objection& one : objections) {
      one.finding.place = place_of(*demand.occurrences.front());
      one.finding.object = demand.occurrences.front()->object;
      say(work, std::move(one));
    }
  }

  void say(UpdateWork& work, Objection one) {
    settle_check(one, work.scope->policy, workspace_.today);
    if (one.cause.empty()) return add(work, std::move(one.finding));
    result_.undetermined.push_back({std::move(one.finding), std::move(one.cause)});
  }

  void report_missing_platforms(UpdateWork& work, const Demand& demand, const Entry& entry) {
    const std::vector<std::string> missing = missing_platforms(work.scope->policy, entry);
    if (missing.empty()) return;
    image::Finding finding = entry_finding(demand, "platform-missing",
                                           demand.key.familiar() + " does not exist for " + base::join(missing, ", "));
    finding.digest = entry.digest.text();
    add(work, std::move(finding));
  }

  void note_changes(UpdateWork& work, const Demands& wanted) {
    std::ranges::move(changes_of(work, wanted), std::back_inserter(result_.changes));
    result_.counts.entries += work.fresh.entries().size();
    for (const Entry& entry : work.fresh.entries()) {
      const Entry* old = work.old.find(entry.reference);
      if (old != nullptr && *old == entry) ++result_.counts.kept;
      if (entry.origin == document::Origin::rendered) ++result_.counts.rendered;
    }
  }

  Result<void> write() {
    for (const UpdateWork& work : works_) {
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
    for (std::string& text : verifier_.notes()) {
      result_.findings.push_back(finding_of("trusted-root-old", std::move(text), "install a newer lock"));
    }
    if (pins_) {
      result_.pins = pins_->finish();
      judge_kept(*options_.write_pins, result_.pins.kept, result_.findings, result_.undetermined);
    }
    result_.findings.insert(result_.findings.end(), scan_.findings.begin(), scan_.findings.end());
    result_.undetermined.insert(result_.undetermined.end(), scan_.undetermined.begin(), scan_.undetermined.end());
    sort_findings(result_.findings);
    sort_undetermined(result_.undetermined);
  }

  void add(UpdateWork& work, image::Finding finding) {
    Findings(workspace_, *work.scope, result_.findings).add(std::move(finding));
  }

  const Workspace& workspace_;
  const Scan& scan_;
  const UpdateOptions& options_;
  image::Registry& registry_;
  image::SignatureVerifier& verifier_;
  Selection selection_;
  std::optional<FollowingPins> pins_;
  std::vector<base::FileGuard> guards_;
  std::vector<UpdateWork> works_;
  std::map<Reference, Result<image::Resolution>> resolved_;
  std::set<std::pair<const UpdateWork*, Reference>> held_back_;
  std::map<Digest, Result<Facts>> facts_;
  KnownRepositories known_;  // what the old locks say about signers
  Surveys surveys_;
  UpdateResult result_;
};

}  // namespace

Result<UpdateResult> update(const Workspace& workspace, const Scan& scan, const UpdateOptions& options,
                            image::Registry& registry, image::SignatureVerifier& verifier) {
  return Updater(workspace, scan, options, registry, verifier).run();
}

}  // namespace lock::ops
