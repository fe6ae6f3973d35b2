#include "lockfile/ops/update.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "lockfile/ops/facts.hpp"
#include "lockfile/ops/wanted.hpp"
#include "resolver/base/text.hpp"

namespace lock::ops {
namespace {

using document::Document;
using document::Entry;
using image::Digest;
using image::Finding;
using image::Occurrence;
using image::Reference;
using image::Severity;

// What `lock update IMAGE` names: one tag, one digest, or every tag of a repository.
struct Selector {
  Reference reference;
  bool any_tag;
  [[nodiscard]] bool selects(const Reference& key) const {
    if (key.repository() != reference.repository()) return false;
    if (any_tag) return true;
    return key == reference || (key.tag() == reference.tag() && !reference.digest());
  }
};

Result<std::vector<Selector>> read_selectors(const std::vector<std::string>& images, const Wants& wants) {
  std::vector<Selector> out;
  for (const std::string& text : images) {
    auto reference = Reference::parse(text);
    if (!reference) return while_doing("'" + base::harmless(text, 200) + "' is no image reference", reference.error());
    const auto parts = image::split_reference(text);
    Selector selector{std::move(*reference), !parts->tag && !parts->digest};
    const bool used = std::ranges::any_of(wants.wanted, [&](const Wanted& one) { return selector.selects(one.key); });
    if (!used) {
      return fail(ErrorKind::usage, "nothing in the tree uses " + base::harmless(text, 200),
                  "`lock list` shows what is locked, `lock scan` what the tree holds");
    }
    out.push_back(std::move(selector));
  }
  return out;
}

// One run of update. Each step reads what the step before left.
class Updating {
 public:
  Updating(const Document& before, std::span<const Occurrence> occurrences, image::Registry& registry,
           const UpdateOptions& options)
      : before_(before), occurrences_(occurrences), registry_(registry), options_(options) {}

  Result<UpdateResult> run() {
    const Wants first = wants_of(occurrences_, [&](const Reference& tag) { return locked_digest(tag); });
    auto selectors = read_selectors(options_.images, first);
    if (!selectors) return std::unexpected(selectors.error());
    resolve_tags(first, *selectors);
    const Wants wants = wants_of(occurrences_, [&](const Reference& tag) -> std::optional<Digest> {
      const auto known = tags_.find(tag);
      return known == tags_.end() ? std::nullopt : std::optional(known->second);
    });
    result_.lock.set_version(before_.version());
    result_.findings.insert(result_.findings.end(), wants.findings.begin(), wants.findings.end());
    settle(wants);
    drop_unused(wants);
    std::ranges::sort(result_.changes, {}, [](const LockChange& one) { return std::tie(one.reference, one.kind); });
    return std::move(result_);
  }

 private:
  [[nodiscard]] std::optional<Digest> locked_digest(const Reference& tag) const {
    const Entry* entry = before_.find(tag);
    return entry == nullptr ? std::nullopt : std::optional(entry->digest);
  }

  // Whether some place pulls name:tag by its tag alone; a pinned one needs no answer from the registry.
  static bool has_plain_place(const Wanted& wanted) {
    return std::ranges::any_of(wanted.occurrences, [](const Occurrence* one) { return !one->reference->digest(); });
  }

  void resolve_tags(const Wants& wants, const std::vector<Selector>& selectors) {
    std::vector<const Wanted*> asked;
    std::vector<Reference> questions;
    for (const Wanted& wanted : wants.wanted) {
      if (!wanted.key.tag() || wanted.key.digest() || !has_plain_place(wanted)) continue;
      const auto locked = locked_digest(wanted.key);
      const bool anew = options_.upgrade ||
                        std::ranges::any_of(selectors, [&](const Selector& one) { return one.selects(wanted.key); });
      if (locked) tags_.insert_or_assign(wanted.key, *locked);
      if (locked && !anew) continue;
      asked.push_back(&wanted);
      questions.push_back(wanted.key);
    }
    if (questions.empty()) return;
    auto answers = registry_.resolve(questions);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (answers[i])
        tags_.insert_or_assign(questions[i], answers[i]->digest);
      else
        report_failure(*asked[i], answers[i].error(), "could not find out what the tag is");
    }
  }

  // The registry's "no" is an answer about the image; anything else leaves it undetermined.
  void report_failure(const Wanted& wanted, const Error& error, std::string_view doing) {
    Finding finding;
    finding.reference = wanted.key.canonical();
    finding.place = place_of(*wanted.occurrences.front());
    finding.object = wanted.occurrences.front()->object;
    finding.hint = error.hint;
    failed_.insert(finding.reference);
    switch (error.kind) {
      case ErrorKind::absent:
        finding.check = wanted.guessed() ? "guess-not-found" : "image-not-found";
        finding.severity = wanted.guessed() ? Severity::note : Severity::error;
        finding.message = wanted.key.familiar() + ": " + describe(error);
        if (finding.hint.empty())
          finding.hint = "check the spelling; a tag that was deleted can only be replaced by another";
        result_.findings.push_back(std::move(finding));
        return;
      case ErrorKind::mismatch:
      case ErrorKind::malformed:
        finding.check = error.kind == ErrorKind::mismatch ? "digest-mismatch" : "manifest-malformed";
        finding.message = wanted.key.familiar() + ": " + describe(error);
        result_.findings.push_back(std::move(finding));
        return;
      default:
        finding.check = "not-resolved";
        finding.message = wanted.key.familiar() + ": " + std::string(doing);
        result_.undetermined.push_back({std::move(finding), describe(error)});
    }
  }

  // Decides each wanted entry: kept as it is, or made from what the registry holds under its digest.
  void settle(const Wants& wants) {
    std::vector<const Wanted*> fresh;
    std::vector<FactQuestion> questions;
    for (const Wanted& wanted : wants.wanted) {
      const Entry* old = before_.find(wanted.key);
      if (old != nullptr && (!wanted.digest || old->digest == *wanted.digest)) {
        result_.lock.insert(*old);
      } else if (wanted.digest) {
        fresh.push_back(&wanted);
        questions.push_back({wanted.key, *wanted.digest});
      }
    }
    auto facts = fetch_facts(registry_, questions);
    for (std::size_t i = 0; i < facts.size(); ++i) {
      const Entry* old = before_.find(fresh[i]->key);
      if (facts[i]) {
        take(*fresh[i], old, std::move(*facts[i]));
        continue;
      }
      report_failure(*fresh[i], facts[i].error(),
                     "could not read what the digest " + questions[i].digest.text() + " is");
      if (old != nullptr) result_.lock.insert(*old);
    }
  }

  // Platforms that were there, or that this repository says it uses, and that the new digest lacks.
  [[nodiscard]] std::vector<std::string> missing_platforms(const Entry* old, const Entry& entry) const {
    std::vector<image::Platform> used = options_.platforms;
    if (used.empty() && old != nullptr) {
      for (const auto& one : old->platforms) used.push_back(one.platform);
    }
    std::vector<std::string> missing;
    for (const image::Platform& wanted : used) {
      const auto has = [&](const document::PlatformDigest& one) { return one.platform.satisfies(wanted); };
      if (std::ranges::none_of(entry.platforms, has)) missing.push_back(wanted.text());
    }
    return missing;
  }

  void take(const Wanted& wanted, const Entry* old, Entry entry) {
    const std::string key = entry.key();
    const auto missing = wanted.artifact() ? std::vector<std::string>() : missing_platforms(old, entry);
    const bool pinned = !has_plain_place(wanted);  // a person wrote this digest: it is not ours to hold back
    if (!missing.empty() && old != nullptr && !pinned && !options_.allow_missing_platforms) {
      const std::string lacks = "the new digest lacks " + base::join(missing, ", ");
      result_.changes.push_back({ChangeKind::held_back, key, old->digest.text(), entry.digest.text(), lacks});
      result_.findings.push_back(platform_finding(wanted, entry, Severity::warning, "held back: " + lacks));
      result_.lock.insert(*old);
      return;
    }
    if (!missing.empty() && !(options_.allow_missing_platforms && old != nullptr)) {
      const std::string lacks = "has no " + base::join(missing, ", ");
      result_.findings.push_back(platform_finding(wanted, entry, Severity::warning, lacks));
    }
    const std::string before = old == nullptr ? "" : old->digest.text();
    const std::string reason = old == nullptr ? "" : pinned ? "the pin in the source moved" : "the tag moved";
    result_.changes.push_back(
        {old == nullptr ? ChangeKind::added : ChangeKind::digest, key, before, entry.digest.text(), reason});
    result_.lock.insert(std::move(entry));
  }

  static Finding platform_finding(const Wanted& wanted, const Entry& entry, Severity severity,
                                  const std::string& what) {
    Finding finding;
    finding.check = "platform-missing";
    finding.severity = severity;
    finding.message = entry.reference.familiar() + " " + what;
    finding.hint =
        "wait for the publisher, name the platforms you use in images.toml, or pass --allow-missing-platforms";
    finding.reference = entry.key();
    finding.digest = entry.digest.text();
    finding.place = place_of(*wanted.occurrences.front());
    return finding;
  }

  void drop_unused(const Wants& wants) {
    std::set<std::string> keys;
    for (const Wanted& wanted : wants.wanted) keys.insert(wanted.key.canonical());
    for (const Entry& entry : before_.entries()) {
      const std::string key = entry.key();
      if (keys.contains(key)) continue;
      // A file that could not be read may be the one that uses it.
      if (options_.complete && !replaced_by_failure(entry)) {
        result_.changes.push_back({ChangeKind::removed, key, entry.digest.text(), "", "nothing in the tree uses it"});
      } else {
        result_.lock.insert(entry);
      }
    }
  }

  // An entry whose successor (the same tag under another key) could not be fetched stays until it can.
  [[nodiscard]] bool replaced_by_failure(const Entry& entry) const {
    return std::ranges::any_of(failed_, [&](const std::string& key) {
      return entry.reference.tag() && (key == entry.reference.without_digest().canonical() ||
                                       key.starts_with(entry.reference.without_digest().canonical() + "@"));
    });
  }

  const Document& before_;
  std::span<const Occurrence> occurrences_;
  image::Registry& registry_;
  const UpdateOptions& options_;
  std::map<Reference, Digest> tags_;  // what each plain name:tag is, as far as known
  std::set<std::string> failed_;      // keys that could not be judged
  UpdateResult result_;
};

}  // namespace

std::string_view name_of(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::added: return "added";
    case ChangeKind::removed: return "removed";
    case ChangeKind::digest: return "digest";
    case ChangeKind::held_back: return "held-back";
  }
  std::unreachable();
}

Result<UpdateResult> update(const Document& before, std::span<const Occurrence> occurrences, image::Registry& registry,
                            const UpdateOptions& options) {
  return Updating(before, occurrences, registry, options).run();
}

}  // namespace lock::ops
