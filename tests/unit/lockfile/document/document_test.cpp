#include "lockfile/document/document.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "lockfile/document/compare.hpp"
#include "lockfile/document/read.hpp"
#include "lockfile/document/write.hpp"
#include "tests/support/golden.hpp"

namespace lock::document {
namespace {

using test::case_folder;
using test::case_names;

class DocumentCase : public ::testing::TestWithParam<std::string> {};

TEST_P(DocumentCase, Reads) {
  const auto folder = case_folder("document", GetParam());
  const std::string text = test::read_text(folder / "images.lock");
  const Reading reading = read(text, "images.lock");
  std::string shown = test::show(reading.findings);
  for (const Entry& entry : reading.document.entries()) shown += "read " + entry.key() + "\n";
  if (reading.findings.empty()) shown += write(reading.document) == text ? "written the same\n" : "written otherwise\n";
  EXPECT_EQ(sound(reading).has_value(), reading.findings.empty());
  test::expect_golden(folder / "expected", shown);
}

INSTANTIATE_TEST_SUITE_P(Cases, DocumentCase, ::testing::ValuesIn(case_names("document")), test::case_title);

image::Digest digest_of(std::size_t number) { return image::Digest::sha256_of(std::to_string(number)); }

// A lock of any shape: keys with tags, digests and both; ports, long paths; none to a dozen platforms.
Document make_document(std::mt19937& random, std::size_t entries) {
  const auto below = [&random](std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(0, most)(random);
  };
  const std::vector<std::string> hosts{"docker.io", "quay.io", "localhost:5000", "[::1]:5000", "registry.example.com"};
  const std::vector<image::Platform> platforms{
      {"linux", "amd64", "", ""},   {"linux", "arm", "v7", ""},  {"linux", "arm64", "v8", ""},
      {"linux", "arm64", "", ""},   {"linux", "s390x", "", ""},  {"windows", "amd64", "", "10.0.20348.2700"},
      {"windows", "amd64", "", ""}, {"linux", "riscv64", "", ""}};
  using Kind = image::Signer::Kind;
  const std::vector<image::Signer> signers{
      {Kind::sigstore, "public-good", "https://token.example", "https://ci.example/a.yml@refs/tags/v1"},
      {Kind::sigstore, "public-good", "https://token.example", "a \"quoted\" \\ \x01 subject"},
      {Kind::sigstore, "inside", "https://login.example", "release@acme.example"},
      {Kind::cosign_key, "", "", "", digest_of(1).text(), "", true},
      {Kind::cosign_key, "", "", "", digest_of(1).text(), "", false},
      {Kind::notation, "ca:acme", "", "CN=acme,O=Acme,C=US"},
      {Kind::content_trust, digest_of(2).text(), "", "", "", "targets/releases"}};
  Document document;
  for (std::size_t i = 0; i < entries; ++i) {
    const image::Digest digest = digest_of(random());
    image::Repository repository{hosts[below(hosts.size() - 1)], "team/app-" + std::to_string(below(entries))};
    std::optional<std::string> tag;
    std::optional<image::Digest> pin;
    if (below(3) > 0) tag = "1." + std::to_string(below(30));
    if (!tag || below(5) == 0) pin = digest;
    Entry entry{image::Reference(repository, tag, pin), digest, "application/vnd.oci.image.index.v1+json", {}};
    for (std::size_t k = below(6); k > 0; --k) {
      entry.platforms.push_back({platforms[below(platforms.size() - 1)], digest_of(random())});
    }
    sort_platforms(entry.platforms);
    entry.without_signer = static_cast<Unsigned>(below(2));
    for (std::size_t k = below(2) == 0 ? below(4) : 0; k > 0; --k) entry.signers.push_back(signers[below(6)]);
    if (!entry.signers.empty()) entry.without_signer = Unsigned::undetermined;
    sort_signers(entry.signers);
    if (below(4) == 0) entry.origin = Origin::rendered;
    document.insert(std::move(entry));
  }
  return document;
}

TEST(Document, WhatIsWrittenReadsBackAndWritesTheSame) {
  std::mt19937 random(20261124);
  for (int round = 0; round < 200; ++round) {
    const Document document = make_document(random, static_cast<std::size_t>(round) / 4);
    const std::string text = write(document);
    const Reading reading = read(text, "images.lock");
    ASSERT_TRUE(reading.findings.empty()) << test::show(reading.findings) << text;
    ASSERT_EQ(reading.document, document);
    ASSERT_EQ(write(reading.document), text);
  }
}

TEST(Document, TheOrderOfEntriesAndPlatformsDoesNotReachTheBytes) {
  std::mt19937 random(7);
  const Document document = make_document(random, 60);
  for (int round = 0; round < 20; ++round) {
    std::vector<Entry> entries = document.entries();
    std::ranges::shuffle(entries, random);
    Document shuffled;
    for (Entry& entry : entries) {
      std::ranges::shuffle(entry.platforms, random);
      sort_platforms(entry.platforms);
      shuffled.insert(std::move(entry));
    }
    ASSERT_EQ(write(shuffled), write(document));
  }
}

// Any byte of an entry that says something is under its seal, or makes the lock unreadable: no change goes unseen.
TEST(Document, AnyEditOfAFactIsRefused) {
  std::mt19937 random(11);
  const Document document = make_document(random, 3);
  const std::string text = write(document);
  const std::size_t head = text.find("[[image]]");
  for (std::size_t at = head; at < text.size(); ++at) {
    std::string edited = text;
    edited[at] = edited[at] == '0' ? '1' : '0';
    const Reading reading = read(edited, "images.lock");
    EXPECT_FALSE(reading.findings.empty()) << "byte " << at << " of\n" << edited;
    EXPECT_FALSE(sound(reading)) << "byte " << at;
  }
}

TEST(Document, InsertReplacesAndRemoveForgets) {
  Document document;
  const image::Reference reference = image::Reference::parse("nginx:1").value();
  document.insert({reference, digest_of(1), "a/b", {}});
  document.insert({reference, digest_of(2), "a/b", {}});
  ASSERT_EQ(document.entries().size(), 1U);
  EXPECT_EQ(document.find(reference)->digest, digest_of(2));
  document.remove("docker.io/library/nginx:2");
  EXPECT_EQ(document.entries().size(), 1U);
  document.remove("docker.io/library/nginx:1");
  EXPECT_EQ(document, Document());
}

TEST(Compare, NamesEachDifferenceOnce) {
  const auto entry = [](std::string_view reference, std::size_t digest) {
    return Entry{image::Reference::parse(reference).value(), digest_of(digest), "a/b", {}};
  };
  Document before;
  Document after;
  for (const auto& same : {entry("a:1", 1), entry("d:1", 4)}) {
    before.insert(same);
    after.insert(same);
  }
  before.insert(entry("b:1", 2));
  after.insert(entry("b:1", 20));
  before.insert(entry("c:1", 3));
  after.insert(entry("e:1", 5));
  before.insert(entry("y:1", 8));
  Entry signed_now = entry("y:1", 8);
  signed_now.without_signer = Unsigned::proven;
  after.insert(signed_now);
  before.insert(entry("z:1", 6));
  Entry more = entry("z:1", 6);
  more.platforms.push_back({{"linux", "amd64", "", ""}, digest_of(7)});
  after.insert(more);
  before.insert(entry("x:1", 9));
  Entry rendered = entry("x:1", 9);
  rendered.origin = Origin::rendered;
  after.insert(rendered);
  std::string shown;
  for (const Difference& difference : compare(before, after)) {
    shown += std::string(name_of(difference.change)) + " " + difference.either().reference.familiar() + "\n";
  }
  EXPECT_EQ(shown, "digest b:1\nremoved c:1\nadded e:1\norigin x:1\nsigners y:1\nplatforms z:1\n");
  EXPECT_TRUE(compare(before, before).empty());
  EXPECT_EQ(compare({}, after).size(), after.entries().size());
}

}  // namespace
}  // namespace lock::document
