#include "lockfile/document/merge.hpp"

#include <gtest/gtest.h>

#include <random>

#include "lockfile/document/read.hpp"
#include "lockfile/document/write.hpp"
#include "resolver/base/text.hpp"
#include "tests/support/golden.hpp"

namespace lock::document {
namespace {

// "a:1=X b:2=Y" is a lock with two entries; X and Y stand for digests, and one of them for its media type and platforms
// too. "X+" has a further platform under the same digest, which no registry would say; "X*" is signed; "X~" is there
// because of a rendering.
Entry entry_of(std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::string_view contents = text.substr(equals + 1);
  Entry entry{image::Reference::parse(text.substr(0, equals)).value(),
              image::Digest::sha256_of(contents.substr(0, 1)),
              "application/vnd.oci.image.index.v1+json",
              {}};
  entry.platforms.push_back(
      {{"linux", "amd64", "", ""},
       image::Digest::sha256_of(std::string(contents.substr(0, contents.find_first_of("*~"))) + "/amd64")});
  if (contents.ends_with('*')) entry.signers.push_back({image::Signer::Kind::sigstore, "public-good", "issuer", "me"});
  if (contents.ends_with('~')) entry.origin = Origin::rendered;
  return entry;
}

Document lock_of(std::string_view text) {
  Document document;
  for (const std::string_view word : base::split(text, ' ')) {
    if (!word.empty()) document.insert(entry_of(word));
  }
  return document;
}

std::string name_of_contents(const Entry& entry) {
  for (const char c : std::string_view("ABCDXYZ")) {
    for (const char* tail : {"", "+", "*", "~"}) {
      const std::string name = std::string(1, c) + tail;
      const Entry other = entry_of("a:1=" + name);
      if (other.digest == entry.digest && other.platforms == entry.platforms && same_signatures(other, entry) &&
          other.origin == entry.origin) {
        return name;
      }
    }
  }
  return "?";
}

std::string show(const std::optional<Entry>& entry) { return entry ? name_of_contents(*entry) : "-"; }

std::string show(const Merge& merge) {
  std::string out;
  for (const Entry& entry : merge.document.entries()) {
    out += entry.reference.familiar() + "=" + name_of_contents(entry) + " ";
  }
  for (const Undecided& one : merge.undecided) {
    constexpr const char* names[] = {"digest", "removed", "claims", "facts"};
    out += std::string(names[static_cast<std::size_t>(one.clash)]) + "(" + one.either().reference.familiar() + " " +
           show(one.ours) + " " + show(one.theirs) + ") ";
  }
  return std::string(base::trim(out));
}

struct Row {
  const char* name;
  const char* base;
  const char* ours;
  const char* theirs;
  const char* merged;
};

constexpr Row kRows[] = {
    {"nothing changed", "a:1=A", "a:1=A", "a:1=A", "a:1=A"},
    {"ours moved", "a:1=A", "a:1=X", "a:1=A", "a:1=X"},
    {"theirs moved", "a:1=A", "a:1=A", "a:1=X", "a:1=X"},
    {"both moved to one", "a:1=A", "a:1=X", "a:1=X", "a:1=X"},
    {"both moved apart", "a:1=A", "a:1=X", "a:1=Y", "digest(a:1 X Y)"},
    {"neighbours added", "m:1=A", "l:1=X m:1=A", "m:1=A n:1=Y", "l:1=X m:1=A n:1=Y"},
    {"both between the same two", "a:1=A z:1=Z", "a:1=A m:1=X z:1=Z", "a:1=A n:1=Y z:1=Z", "a:1=A m:1=X n:1=Y z:1=Z"},
    {"both added the same", "", "a:1=X", "a:1=X", "a:1=X"},
    {"both added apart", "", "a:1=X", "a:1=Y", "digest(a:1 X Y)"},
    {"ours dropped", "a:1=A b:1=B", "b:1=B", "a:1=A b:1=B", "b:1=B"},
    {"theirs dropped", "a:1=A b:1=B", "a:1=A b:1=B", "b:1=B", "b:1=B"},
    {"both dropped", "a:1=A b:1=B", "b:1=B", "b:1=B", "b:1=B"},
    {"ours dropped what theirs moved", "a:1=A", "", "a:1=X", "removed(a:1 - X)"},
    {"theirs dropped what ours moved", "a:1=A", "a:1=X", "", "removed(a:1 X -)"},
    {"ours dropped, theirs moved another", "a:1=A b:1=B", "b:1=B", "a:1=A b:1=Y", "b:1=Y"},
    {"each moved another", "a:1=A b:1=B", "a:1=X b:1=B", "a:1=A b:1=Y", "a:1=X b:1=Y"},
    {"the tag changed on one side, the digest on the other", "a:1=A", "a:2=X", "a:1=Y", "a:2=X removed(a:1 - Y)"},
    {"a pin beside the tag", "a:1=A", "a:1=A b:1=B", "a:1=X", "a:1=X b:1=B"},
    {"platforms alone, one side", "a:1=A", "a:1=A+", "a:1=A", "a:1=A+"},
    {"platforms against digest", "a:1=A", "a:1=A+", "a:1=X", "digest(a:1 A+ X)"},
    {"one digest, other platforms", "", "a:1=X", "a:1=X+", "digest(a:1 X X+)"},
    {"signers alone, one side", "a:1=A", "a:1=A", "a:1=A*", "a:1=A*"},
    {"a signed digest on one side", "a:1=A", "a:1=X*", "a:1=A", "a:1=X*"},
    {"signers of the old digest against a new digest", "a:1=A", "a:1=X", "a:1=A*", "claims(a:1 X A*)"},
    {"one digest, other signers", "", "a:1=X", "a:1=X*", "facts(a:1 X X*)"},
    {"a file names it now", "a:1=A~", "a:1=A", "a:1=A~", "a:1=A"},
    {"no file names it any more", "a:1=A", "a:1=A", "a:1=A~", "a:1=A~"},
    {"no file names it any more, and both moved", "a:1=A", "a:1=X", "a:1=X~", "a:1=X~"},
    {"added by a file and by a rendering", "", "a:1=X~", "a:1=X", "a:1=X"},
    {"added by a file and by a rendering, apart", "", "a:1=X~", "a:1=Y", "digest(a:1 X~ Y)"},
    {"a file names it now, against another digest", "a:1=A~", "a:1=A", "a:1=X~", "a:1=X"},
    {"dropped by a rendering, named by a file", "a:1=A~", "", "a:1=A", "removed(a:1 - A)"},
    {"two undecided around a good one", "a:1=A m:1=A z:1=Z", "a:1=X m:1=A z:1=X", "a:1=Y m:1=B z:1=Y",
     "m:1=B digest(a:1 X Y) digest(z:1 X Y)"},
};

TEST(Merge, EntryByEntry) {
  for (const Row& row : kRows) {
    EXPECT_EQ(show(merge(lock_of(row.base), lock_of(row.ours), lock_of(row.theirs))), row.merged) << row.name;
  }
}

// Each side changes one fact of the entry, no two the same: both changes are in what comes out, or nothing is chosen.
TEST(Merge, LosesNoFact) {
  const Entry base = entry_of("a:1=A");
  std::vector<Entry> changed(6, base);
  changed[0].digest = image::Digest::sha256_of("X");
  changed[1].media_type = "application/vnd.docker.distribution.manifest.v2+json";
  changed[2].platforms.clear();
  changed[3].signers.push_back({image::Signer::Kind::sigstore, "public-good", "issuer", "me"});
  changed[4].without_signer = Unsigned::proven;
  changed[5].origin = Origin::rendered;
  const auto one = [](const Entry& entry) {
    Document document;
    document.insert(entry);
    return document;
  };
  const auto has_change = [&base](const Entry& entry, const Entry& of) {
    return (of.digest == base.digest || entry.digest == of.digest) &&
           (of.media_type == base.media_type || entry.media_type == of.media_type) &&
           (of.platforms == base.platforms || entry.platforms == of.platforms) &&
           (of.signers == base.signers || entry.signers == of.signers) &&
           (of.without_signer == base.without_signer || entry.without_signer == of.without_signer) &&
           (of.origin == base.origin || entry.origin == of.origin);
  };
  std::size_t merged = 0;
  for (const Entry& ours : changed) {
    ASSERT_NE(ours, base);
    for (const Entry& theirs : changed) {
      const Merge result = merge(one(base), one(ours), one(theirs));
      if (const Entry* entry = result.document.find(base.reference)) {
        EXPECT_TRUE(has_change(*entry, ours) && has_change(*entry, theirs)) << write(result.document);
        ++merged;
      } else {
        EXPECT_EQ(result.undecided.size(), 1U);
      }
    }
  }
  EXPECT_EQ(merged, 16U);  // equal ones, and an origin with anything
}

TEST(Merge, UndecidedEntriesStandBetweenMarkers) {
  const Merge merged = merge(lock_of("a:1=A m:1=A z:1=Z"), lock_of("a:1=X m:1=B z:1=Z"), lock_of("a:1=Y m:1=A"));
  const Merge removed = merge(lock_of("a:1=A m:1=A"), lock_of("m:1=A"), lock_of("a:1=Y m:1=A"));
  test::expect_golden(test::case_folder("merge", "moved") / "images.lock", write(merged));
  test::expect_golden(test::case_folder("merge", "removed") / "images.lock", write(removed));
  for (const Merge& one : {merged, removed}) {
    const Reading reading = read(write(one), "images.lock");
    ASSERT_EQ(reading.findings.size(), 1U);
    EXPECT_EQ(reading.findings.front().check, "lock-conflict");
    EXPECT_TRUE(reading.document.entries().empty());
  }
}

TEST(Merge, WhatCannotBeMergedStandsBetweenMarkersWhole) {
  EXPECT_EQ(write_unmerged("a\n", "b"), "<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n");
  EXPECT_EQ(write_unmerged("", ""), "<<<<<<< ours\n=======\n>>>>>>> theirs\n");
}

// What holds of any three locks: sides are equal before the merge, nothing is made up, and what is written reads back.
TEST(Merge, HoldsItsLaws) {
  std::mt19937 random(20261124);
  const auto below = [&random](int most) { return std::uniform_int_distribution<int>(0, most)(random); };
  const auto some_lock = [&] {
    std::string text;
    for (const char name : std::string_view("abcdefgh")) {
      if (below(2) > 0) text += std::string(" ") + name + ":1=" + "ABC"[below(2)];
    }
    return lock_of(text);
  };
  std::size_t undecided = 0;
  for (int round = 0; round < 2000; ++round) {
    const Document base = some_lock();
    const Document ours = some_lock();
    const Document theirs = some_lock();
    const Merge merged = merge(base, ours, theirs);
    const Merge swapped = merge(base, theirs, ours);
    ASSERT_EQ(merged.document, swapped.document);
    ASSERT_EQ(merged.undecided.size(), swapped.undecided.size());
    ASSERT_EQ(merge(base, ours, base).document, ours);
    ASSERT_EQ(merge(base, ours, ours).document, ours);
    ASSERT_TRUE(merge(base, ours, base).undecided.empty());
    for (const Entry& entry : merged.document.entries()) {
      const Entry* left = ours.find(entry.reference);
      const Entry* right = theirs.find(entry.reference);
      ASSERT_TRUE((left != nullptr && *left == entry) || (right != nullptr && *right == entry));
    }
    for (const Undecided& one : merged.undecided) {
      ASSERT_EQ(merged.document.find(one.either().reference), nullptr);
      ASSERT_TRUE(one.ours || one.theirs);
    }
    const Reading reading = read(write(merged), "images.lock");
    ASSERT_EQ(reading.findings.empty(), merged.undecided.empty());
    if (merged.undecided.empty()) {
      ASSERT_EQ(reading.document, merged.document);
    }
    undecided += merged.undecided.size();
  }
  EXPECT_GT(undecided, 1000U);
}

}  // namespace
}  // namespace lock::document
