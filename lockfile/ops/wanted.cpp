#include "lockfile/ops/wanted.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace lock::ops {
namespace {

using image::Digest;
using image::Finding;
using image::Occurrence;
using image::Reference;
using image::Severity;

// Everything that the tree says about one name:tag.
struct Group {
  std::vector<const Occurrence*> plain;
  std::map<Digest, std::vector<const Occurrence*>> pins;
};

void append(std::vector<const Occurrence*>& to, const std::vector<const Occurrence*>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

Finding pins_differ(const Reference& tag, const Digest& pin, const std::string& other, const Occurrence& where) {
  Finding finding;
  finding.check = "pins-differ";
  finding.severity = Severity::warning;
  finding.message = tag.familiar() + " is pinned to a digest that differs from " + other;
  finding.hint = "write one digest everywhere, or run `lock update` to move the entry";
  finding.reference = tag.canonical();
  finding.actual = pin.text();
  finding.place = place_of(where);
  return finding;
}

// The digest that name:tag itself stands for, and who says so.
struct TagDigest {
  std::optional<Digest> digest;
  bool has_entry = false;  // whether an entry with the key name:tag is wanted at all
};

TagDigest decide(const Group& group, const std::optional<Digest>& known) {
  if (!group.plain.empty()) return {known, true};
  if (group.pins.size() == 1) return {group.pins.begin()->first, true};
  return {};
}

void add_group(const Reference& tag, const Group& group, const std::optional<Digest>& known, Wants& out) {
  const TagDigest decided = decide(group, known);
  if (decided.has_entry) {
    Wanted entry{tag, decided.digest, group.plain};
    if (decided.digest) {
      if (const auto same = group.pins.find(*decided.digest); same != group.pins.end())
        append(entry.occurrences, same->second);
    }
    out.wanted.push_back(std::move(entry));
  }
  for (const auto& [digest, places] : group.pins) {
    if (decided.has_entry && decided.digest == digest) continue;
    out.wanted.push_back({tag.with_digest(digest), digest, places});
    // With the tag's digest unknown nobody can say that they differ; the next update can.
    if (decided.has_entry && !decided.digest) continue;
    const std::string other = decided.has_entry ? "the lock's digest of that tag" : "another pin of that tag";
    out.findings.push_back(pins_differ(tag, digest, other, *places.front()));
  }
}

bool by_place(const Occurrence* a, const Occurrence* b) {
  return std::tie(a->file, a->position, a->path) < std::tie(b->file, b->position, b->path);
}

}  // namespace

bool Wanted::guessed() const {
  return std::ranges::all_of(occurrences,
                             [](const Occurrence* one) { return one->occurrence_class == image::Class::guessed; });
}

bool Wanted::artifact() const {
  return std::ranges::all_of(occurrences, [](const Occurrence* one) { return one->kind == image::Kind::artifact; });
}

Place place_of(const Occurrence& occurrence) {
  return {occurrence.file, occurrence.position, "",
          static_cast<std::uint32_t>(std::max<std::size_t>(occurrence.span.size(), 1))};
}

Wants wants_of(std::span<const Occurrence> occurrences,
               const std::function<std::optional<Digest>(const Reference& tag)>& tag_digest) {
  std::map<Reference, Group> groups;
  std::map<Reference, Wanted> bare;
  for (const Occurrence& occurrence : occurrences) {
    if (occurrence.status != image::Status::resolved || !occurrence.reference) continue;
    const Reference& reference = *occurrence.reference;
    if (!reference.tag()) {
      bare.try_emplace(reference, Wanted{reference, reference.digest(), {}})
          .first->second.occurrences.push_back(&occurrence);
      continue;
    }
    Group& group = groups[reference.without_digest()];
    (reference.digest() ? group.pins[*reference.digest()] : group.plain).push_back(&occurrence);
  }
  Wants out;
  for (const auto& [tag, group] : groups) {
    add_group(tag, group, group.plain.empty() ? std::nullopt : tag_digest(tag), out);
  }
  for (auto& [key, wanted] : bare) out.wanted.push_back(std::move(wanted));
  for (Wanted& wanted : out.wanted) std::ranges::sort(wanted.occurrences, by_place);
  std::ranges::sort(out.wanted, {}, [](const Wanted& one) { return one.key.canonical(); });
  return out;
}

std::vector<Finding> compare_with_tree(const document::Document& lock, std::span<const Occurrence> occurrences,
                                       const std::string& lock_file, bool complete) {
  const auto known = [&](const Reference& tag) -> std::optional<Digest> {
    const document::Entry* entry = lock.find(tag);
    return entry == nullptr ? std::nullopt : std::optional(entry->digest);
  };
  Wants wants = wants_of(occurrences, known);
  std::vector<Finding> out = std::move(wants.findings);
  std::set<std::string> used;
  for (const Wanted& wanted : wants.wanted) {
    const std::string key = wanted.key.canonical();
    used.insert(key);
    const document::Entry* entry = lock.find(key);
    if (entry != nullptr && (!wanted.digest || entry->digest == *wanted.digest)) continue;
    // A guess that never resolved is not in the lock, and that is as it should be.
    if (entry == nullptr && wanted.guessed()) continue;
    for (const Occurrence* place : wanted.occurrences) {
      Finding finding;
      finding.check = entry == nullptr ? "not-locked" : "pin-differs-from-lock";
      finding.message = entry == nullptr ? wanted.key.familiar() + " is used here but is not in " + lock_file
                                         : wanted.key.familiar() + " is pinned here to a digest that is not the lock's";
      finding.hint = "run `lock update` and commit " + lock_file;
      finding.reference = key;
      if (entry != nullptr) {
        finding.expected = entry->digest.text();
        finding.actual = wanted.digest->text();
      }
      finding.place = place_of(*place);
      finding.object = place->object;
      out.push_back(std::move(finding));
    }
  }
  if (!complete) return out;
  for (const document::Entry& entry : lock.entries()) {
    if (used.contains(entry.key())) continue;
    Finding finding;
    finding.check = "lock-unused";
    finding.message = entry.reference.familiar() + " is in " + lock_file + " but nothing in the tree uses it";
    finding.hint = "run `lock update` and commit " + lock_file;
    finding.reference = entry.key();
    finding.digest = entry.digest.text();
    finding.place.file = lock_file;
    out.push_back(std::move(finding));
  }
  return out;
}

}  // namespace lock::ops
