#include "lockfile/ops/continuity.hpp"

#include <gtest/gtest.h>

#include "lockfile/policy/checks.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/memory_verifier.hpp"

namespace lock::ops {
namespace {

using document::Document;
using document::Entry;
using document::Unsigned;
using image::Signer;
using test::key_signer;
using test::workflow;

constexpr std::string_view kUnsigned = "unsigned";
constexpr std::string_view kUnrecognized = "unrecognized";
constexpr std::string_view kUnknown = "";

// "a" … "d" are workflows, "k" a key, "K" the same in a log; a ' behind a workflow is another git ref.
std::vector<Signer> signers_of(std::string_view letters) {
  std::vector<Signer> signers;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const char letter = letters[i];
    const bool moved = i + 1 < letters.size() && letters[i + 1] == '\'';
    if (letter == '\'') continue;
    if (letter == 'k' || letter == 'K') {
      signers.push_back(key_signer("key", letter == 'K'));
    } else {
      signers.push_back(workflow(std::string(1, letter), moved ? "refs/tags/v2" : "refs/tags/v1"));
    }
  }
  return signers;
}

std::string letters_of(const std::vector<Signer>& signers) {
  std::string letters;
  for (const Signer& signer : signers) {
    if (signer.kind == Signer::Kind::cosign_key) {
      letters += signer.log ? "K" : "k";
    } else {
      letters += signer.subject.substr(std::string_view("https://ci.example/").size(), 1);
      if (signer.subject.ends_with("v2")) letters += "'";
    }
  }
  return letters;
}

struct Locked {
  std::string_view reference;
  std::string_view signers;  // letters, or what is said without
};

Document lock_of(const std::vector<Locked>& entries) {
  Document document;
  for (const Locked& row : entries) {
    Entry entry{image::Reference::parse(row.reference).value(), image::Digest::sha256_of(row.reference), "a/b", {}, {}};
    if (row.signers == kUnsigned) {
      entry.without_signer = Unsigned::proven;
    } else if (row.signers == kUnrecognized) {
      entry.without_signer = Unsigned::unrecognized;
    } else {
      entry.signers = signers_of(row.signers);
    }
    document.insert(std::move(entry));
  }
  return document;
}

struct Case {
  const char* name;
  std::vector<Locked> lock;
  std::string_view key;
  std::string_view there;  // who signed the new digest
  std::string_view held;   // who must have
  std::string_view recorded;
};

TEST(Continuity, HoldsAgainstANewDigestWhomTheLockHeldAndRecordsWhoIsKnown) {
  for (const Case& row : std::vector<Case>{
           {"nothing is locked: adopted", {}, "acme/a:1", "ab", "", "ab"},
           {"nothing is locked, nobody signed", {}, "acme/a:1", "", "", kUnsigned},
           {"another repository does not count", {{"acme/b:1", "a"}}, "acme/a:1", "b", "", "b"},
           {"nothing is known: adopted later", {{"acme/a:1", kUnknown}}, "acme/a:1", "a", "", "a"},
           {"the same signer", {{"acme/a:1", "a"}}, "acme/a:1", "a", "a", "a"},
           {"the same signer at another ref", {{"acme/a:1", "a"}}, "acme/a:1", "a'", "a", "a'"},
           {"another signer", {{"acme/a:1", "a"}}, "acme/a:1", "b", "a", kUnrecognized},
           {"nobody any more", {{"acme/a:1", "a"}}, "acme/a:1", "", "a", kUnsigned},
           {"one of two", {{"acme/a:1", "ab"}}, "acme/a:1", "b", "ab", "b"},
           {"one more is not recorded", {{"acme/a:1", "a"}}, "acme/a:1", "ab", "a", "a"},
           {"the key of a log, without it", {{"acme/a:1", "K"}}, "acme/a:1", "k", "K", kUnrecognized},
           {"the key, now in a log", {{"acme/a:1", "k"}}, "acme/a:1", "K", "k", "K"},
           {"unsigned so far: not adopted", {{"acme/a:1", kUnsigned}}, "acme/a:1", "a", "", kUnrecognized},
           {"unrecognized so far", {{"acme/a:1", kUnrecognized}}, "acme/a:1", "a", "", kUnrecognized},
           {"one that is described is recorded", {{"acme/a:1", kUnsigned}}, "acme/a:1", "d", "", "d"},
           {"a new tag needs its repository's signer", {{"acme/a:1", "a"}}, "acme/a:2", "", "a", kUnsigned},
           {"a new tag by the same", {{"acme/a:1", "a"}}, "acme/a:2", "a'", "a", "a'"},
           {"a new tag: the nearest signed entry",
            {{"acme/a:1", "a"}, {"acme/a:2", "bc"}},
            "acme/a:3",
            "bc",
            "bc",
            "bc"},
           {"a new tag: an unsigned entry asks nothing, the signed one does",
            {{"acme/a:1", kUnsigned}, {"acme/a:2", "a"}},
            "acme/a:3",
            "",
            "a",
            kUnsigned},
           {"the same repository, its port spelled out",
            {{"r.example/a:1", "a"}},
            "r.example:443/a:2",
            "",
            "a",
            kUnsigned},
           {"another port is another server", {{"r.example/a:1", "a"}}, "r.example:8443/a:2", "", "", kUnsigned},
           {"Docker Hub by another name",
            {{"acme/a:1", "a"}},
            "registry.hub.docker.com/acme/a:2",
            "b",
            "a",
            kUnrecognized},
           {"its own entry decides, not its neighbour's",
            {{"acme/a:1", "a"}, {"acme/a:2", "b"}},
            "acme/a:1",
            "b",
            "a",
            "b"},
           {"its own entry says nothing: the repository's",
            {{"acme/a:1", kUnknown}, {"acme/a:2", "b"}},
            "acme/a:1",
            "",
            "b",
            kUnsigned},
       }) {
    const Document lock = lock_of(row.lock);
    const Continuity continuity(lock);
    const image::Reference key = image::Reference::parse(row.key).value();
    auto settings = settings::read(
        "[signer.d]\nkind = \"sigstore\"\nissuer = \"https://token.example\"\nsubject = "
        "\"https://ci.example/d.yml@**\"\n",
        "images.toml", policy::adjustable_checks());
    const auto policy = policy::Policy::make({{settings.value(), ""}}).value();
    test::MemoryVerifier verifier;
    const image::Digest digest = image::Digest::sha256_of("new");
    for (const Signer& signer : signers_of(row.there)) verifier.sign(digest, signer);
    const image::Reference asked = key.by_digest(digest);
    const auto survey = verifier.survey(std::span(&asked, 1)).front();
    EXPECT_EQ(letters_of(continuity.held_against(key, signers_of(row.there))), row.held) << row.name;
    Entry entry{key, digest, "a/b", {}, {}};
    continuity.record(survey, policy, false, entry);
    const std::string recorded =
        entry.signers.empty() ? std::string(name_of(entry.without_signer)) : letters_of(entry.signers);
    EXPECT_EQ(recorded, row.recorded) << row.name;
  }
}

TEST(Continuity, WhatCouldNotBeReadIsNotWrittenAsUnsigned) {
  const Document lock;
  const Continuity continuity(lock);
  const image::Digest digest = image::Digest::sha256_of("new");
  const image::Reference key = image::Reference::parse("acme/a:1").value();
  const image::Reference asked = key.by_digest(digest);
  Entry entry{key, digest, "a/b", {}, {}};
  test::MemoryVerifier verifier;
  verifier.fail_place(digest, ErrorKind::refused);
  continuity.record(verifier.survey(std::span(&asked, 1)).front(), {}, false, entry);
  EXPECT_EQ(entry.without_signer, Unsigned::undetermined);
  verifier.sign(digest, workflow("a"));
  continuity.record(verifier.survey(std::span(&asked, 1)).front(), {}, false, entry);
  EXPECT_EQ(letters_of(entry.signers), "a") << "who verified is a fact, whatever else there may be";
  verifier.forget(digest);
  verifier.attest(digest, workflow("a"), "https://spdx.dev/Document");
  continuity.record(verifier.survey(std::span(&asked, 1)).front(), {}, false, entry);
  EXPECT_EQ(entry.without_signer, Unsigned::unrecognized) << "an SBOM is no signature of the image";
}

}  // namespace
}  // namespace lock::ops
