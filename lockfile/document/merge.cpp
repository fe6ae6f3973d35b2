#include "lockfile/document/merge.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "lockfile/document/write.hpp"

namespace lock::document {
namespace {

constexpr std::string_view kOurs = "<<<<<<< ours\n";
constexpr std::string_view kBetween = "=======\n";
constexpr std::string_view kTheirs = ">>>>>>> theirs\n";

// What an entry says, in pieces that are true only together. The first is the digest.
struct Fact {
  bool (*same)(const Entry& a, const Entry& b);
  void (*take)(Entry& into, const Entry& from);
  bool about_digest;  // said of the entry's digest, so it never joins another one
  // What both sides say otherwise, and the base does not help: settled here, or undecided.
  void (*settle)(Entry& into, const Entry& ours, const Entry& theirs);
};

bool same_content(const Entry& a, const Entry& b) {
  return a.digest == b.digest && a.media_type == b.media_type && a.platforms == b.platforms;
}

void take_content(Entry& into, const Entry& from) {
  into.digest = from.digest;
  into.media_type = from.media_type;
  into.platforms = from.platforms;
}

void take_signatures(Entry& into, const Entry& from) {
  into.signers = from.signers;
  into.without_signer = from.without_signer;
}

bool same_origin(const Entry& a, const Entry& b) { return a.origin == b.origin; }

void take_origin(Entry& into, const Entry& from) { into.origin = from.origin; }

// Where a file of one side names the image, one of the merged tree does.
void settle_origin(Entry& into, const Entry& ours, const Entry& theirs) {
  into.origin = std::min(ours.origin, theirs.origin);
}

constexpr auto kFacts = std::to_array<Fact>({
    {same_content, take_content, true, nullptr},
    {same_signatures, take_signatures, true, nullptr},
    {same_origin, take_origin, false, settle_origin},
});

// A member that joins Entry stops the build here: it belongs to one of the facts above, or is a new one.
[[maybe_unused]] void count_members(const Entry& entry) {
  [[maybe_unused]] const auto& [reference, digest, media_type, platforms, signers, without_signer, origin] = entry;
}

// One entry that both sides have, each in its own version.
class Pair {
 public:
  Pair(const Entry* base, const Entry& ours, const Entry& theirs) : base_(base), ours_(ours), theirs_(theirs) {}

  // The merged entry, or why there is none.
  [[nodiscard]] std::expected<Entry, Clash> merge() const {
    Entry merged = ours_;
    bool moved = false;
    std::set<bool> changed_by_theirs;
    for (const Fact& fact : kFacts) {
      if (fact.same(ours_, theirs_)) continue;
      const bool is_content = &fact == kFacts.data();
      const Entry* base = base_of(fact);
      const bool by_theirs = base != nullptr && fact.same(*base, ours_);
      const bool by_ours = base != nullptr && fact.same(*base, theirs_);
      if (!by_theirs && !by_ours) {
        if (fact.settle == nullptr) return std::unexpected(is_content ? Clash::digest : Clash::facts);
        fact.settle(merged, ours_, theirs_);
        continue;
      }
      if (by_theirs) fact.take(merged, theirs_);
      if (is_content) moved = true;
      if (fact.about_digest) changed_by_theirs.insert(by_theirs);
    }
    if (moved && changed_by_theirs.size() > 1) return std::unexpected(Clash::claims);
    return merged;
  }

 private:
  // What the base says about another digest is no measure for two that moved to the same one.
  [[nodiscard]] const Entry* base_of(const Fact& fact) const {
    const bool both_moved = base_ != nullptr && same_content(ours_, theirs_) && !same_content(*base_, ours_);
    return both_moved && fact.about_digest ? nullptr : base_;
  }

  const Entry* base_;
  const Entry& ours_;
  const Entry& theirs_;
};

bool equal(const Entry* a, const Entry* b) { return a == b || (a != nullptr && b != nullptr && *a == *b); }

std::optional<Entry> copy_of(const Entry* entry) { return entry == nullptr ? std::nullopt : std::optional(*entry); }

void merge_entry(const Entry* base, const Entry* ours, const Entry* theirs, Merge& out) {
  const Entry* chosen = nullptr;
  if (equal(ours, theirs) || equal(base, theirs)) {
    chosen = ours;
  } else if (equal(base, ours)) {
    chosen = theirs;
  } else if (ours == nullptr || theirs == nullptr) {
    out.undecided.push_back({Clash::removed, copy_of(ours), copy_of(theirs)});
  } else if (auto merged = Pair(base, *ours, *theirs).merge()) {
    out.document.insert(std::move(*merged));
  } else {
    out.undecided.push_back({merged.error(), *ours, *theirs});
  }
  if (chosen != nullptr) out.document.insert(*chosen);
}

}  // namespace

std::string Undecided::text() const {
  const auto digest = [](const Entry& entry) { return entry.digest.short_text(); };
  switch (clash) {
    case Clash::digest: return "ours has " + digest(*ours) + ", theirs has " + digest(*theirs);
    case Clash::removed:
      return ours ? "ours has " + digest(*ours) + ", theirs dropped it"
                  : "ours dropped it, theirs has " + digest(*theirs);
    case Clash::claims:
      return "one side moved it (ours has " + digest(*ours) + ", theirs has " + digest(*theirs) +
             "), the other changed what is known about the old digest";
    case Clash::facts: return "the sides say different things about " + digest(*ours);
  }
  std::unreachable();
}

Merge merge(const Document& base, const Document& ours, const Document& theirs) {
  std::set<std::string> keys;
  for (const Document* side : {&ours, &theirs}) {
    for (const Entry& entry : side->entries()) keys.insert(entry.key());
  }
  Merge out;
  out.document.set_version(ours.version());
  for (const std::string& key : keys) merge_entry(base.find(key), ours.find(key), theirs.find(key), out);
  return out;
}

std::string write(const Merge& merge) {
  std::string text;
  append_head(text, merge.document.version());
  auto entry = merge.document.entries().begin();
  const auto write_until = [&](const std::string* key) {
    for (; entry != merge.document.entries().end() && (key == nullptr || entry->key() < *key); ++entry) {
      text += '\n';
      append_entry(text, *entry);
    }
  };
  for (const Undecided& undecided : merge.undecided) {
    const std::string key = undecided.either().key();
    write_until(&key);
    text += '\n';
    text += kOurs;
    if (undecided.ours) append_entry(text, *undecided.ours);
    text += kBetween;
    if (undecided.theirs) append_entry(text, *undecided.theirs);
    text += kTheirs;
  }
  write_until(nullptr);
  return text;
}

std::string write_unmerged(std::string_view ours, std::string_view theirs) {
  const auto append_side = [](std::string& text, std::string_view side) {
    text += side;
    if (!side.empty() && side.back() != '\n') text += '\n';
  };
  std::string text(kOurs);
  append_side(text, ours);
  text += kBetween;
  append_side(text, theirs);
  text += kTheirs;
  return text;
}

}  // namespace lock::document
