// Rows of the field's attack table about registries: a signed image is locked and verified; then the registry answers
// one question otherwise, with an empty cache, and `lock verify` must say what follows. What cannot be had is
// undetermined and never "unsigned".
#include <gtest/gtest.h>

#include "tests/support/trust/signed_images.hpp"

namespace lock {
namespace {

using test::SignedImages;
using test::VerifyAnswer;

struct Row {
  std::string name;
  std::string fault;
  VerifyAnswer expected;
};

VerifyAnswer verify(SignedImages& images) {
  return test::answer_of(images.lock({"--report", "json", "verify", "--only", "signatures"}));
}

void run(const std::vector<Row>& rows, const test::Personality& personality) {
  SignedImages images(1, personality);
  ASSERT_EQ(images.lock({"update"}).status, 0);
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    std::filesystem::remove_all(images.cache() / "content");
    EXPECT_EQ(verify(images), (VerifyAnswer{0, {}})) << "the green sibling";
    std::filesystem::remove_all(images.cache() / "content");
    images.registry().set_faults({test::read_fault(boost::json::parse(row.fault).as_object())});
    EXPECT_EQ(verify(images), row.expected);
    images.registry().set_faults({});
  }
}

const std::vector<Row> kBlobs{
    {"the bundle is refused", R"({"match": {"kind": "blob"}, "status": 403})", {3, "signer-lost"}},
    {"the bundle is gone", R"({"match": {"kind": "blob"}, "status": 404})", {3, "signer-lost"}},
    {"the bundle is another one", R"({"match": {"kind": "blob"}, "corrupt": true})", {1, "signature-invalid"}},
    {"a bundle without end", R"({"match": {"kind": "blob"}, "endless": true})", {3, "signer-lost"}},
};

TEST(SignatureRegistry, WithTheReferrersApi) {
  std::vector<Row> rows{
      {"referrers are refused, 401", R"({"match": {"kind": "referrers"}, "status": 401})", {3, "signer-lost"}},
      {"referrers are refused, 403", R"({"match": {"kind": "referrers"}, "status": 403})", {3, "signer-lost"}},
      {"the tag beside them is refused",
       R"({"match": {"kind": "manifest", "reference": "sha256-*"}, "status": 403})",
       {3, "signer-lost"}},
      {"no referrers by the API, and none under the tag",
       R"({"match": {"kind": "referrers"}, "status": 404})",
       {1, "signer-lost"}},
      {"a web page instead of referrers",
       R"({"match": {"kind": "referrers"}, "set": {"Content-Type": "text/html"}, "body": "<html>"})",
       {1, "signer-lost"}},
      {"the referrer's manifest is refused",
       R"({"match": {"kind": "manifest", "method": "GET"}, "status": 403})",
       {3, "signer-lost"}},
  };
  rows.insert(rows.end(), kBlobs.begin(), kBlobs.end());
  run(rows, {});
}

TEST(SignatureRegistry, WithTheFallbackTag) {
  std::vector<Row> rows{
      {"the tag is refused, 403",
       R"({"match": {"kind": "manifest", "reference": "sha256-*"}, "status": 403})",
       {3, "signer-lost"}},
      {"the tag is gone",
       R"({"match": {"kind": "manifest", "reference": "sha256-*"}, "status": 404})",
       {1, "signer-lost"}},
  };
  rows.insert(rows.end(), kBlobs.begin(), kBlobs.end());
  run(rows, {.referrers = false});
}

TEST(SignatureRegistry, PagesAreReadToTheEnd) {
  test::Personality personality;
  personality.page = 1;
  SignedImages images(1, personality);
  images.registry().change([&](test::Content& content) {
    for (const char* payload : {"one", "two", "three"}) {
      content.add_artifact("acme/app-0", {.payload = payload, .subject = content.digest_of("acme/app-0")});
    }
  });
  ASSERT_EQ(images.lock({"update"}).status, 0);
  EXPECT_EQ(verify(images), (VerifyAnswer{0, {}}));
}

// The same digest in another repository, whose signatures are none of this one's.
TEST(SignatureRegistry, ASignatureInAnotherRepositoryCountsForNobody) {
  SignedImages images(1);
  ASSERT_EQ(images.lock({"update"}).status, 0);
  EXPECT_EQ(verify(images), (VerifyAnswer{0, {}}));
  images.registry().change([&](test::Content& content) {
    test::StoredRepository& here = *content.find("acme/app-0");
    const std::string image = content.digest_of("acme/app-0");
    for (const auto& [digest, manifest] : here.manifests) {
      content.add_manifest("evil/app", manifest.bytes, manifest.media_type);
    }
    std::erase_if(here.manifests, [&](const auto& one) { return one.second.subject == image; });
  });
  EXPECT_EQ(verify(images), (VerifyAnswer{1, "signer-lost"}));
}

// With an empty cache and no network nothing is known, and nothing is green.
TEST(SignatureRegistry, OfflineWithAColdCacheIsUndetermined) {
  SignedImages images(1);
  ASSERT_EQ(images.lock({"update"}).status, 0);
  for (const char* part : {"content", "listings"}) std::filesystem::remove_all(images.cache() / part);
  const auto ran = images.lock({"--report", "json", "verify", "--only", "signatures", "--offline"});
  EXPECT_EQ(test::answer_of(ran), (VerifyAnswer{3, "signer-lost"}));
}

}  // namespace
}  // namespace lock
