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
  std::optional<VerifyAnswer> of_update = std::nullopt;  // where it is another one
};

using Deadline = std::optional<std::chrono::milliseconds>;

VerifyAnswer verify(SignedImages& images, Deadline deadline = {}) {
  return test::answer_of(images.lock({"--report", "json", "verify", "--only", "signatures"}, deadline));
}

// The same row for `lock update` of an image that is asked for anew: the lock is the old one, or says what it said.
void update_keeps_the_lock(SignedImages& images, const VerifyAnswer& expected, Deadline deadline) {
  const std::string before = images.read("images.lock");
  const auto ran = images.lock({"--report", "json", "update", "--upgrade"}, deadline);
  EXPECT_EQ(test::answer_of(ran), expected) << "of the update";
  EXPECT_EQ(images.read("images.lock"), before);
}

void run(const std::vector<Row>& rows, SignedImages& images, Deadline deadline = {}) {
  ASSERT_EQ(images.lock({"update"}).status, 0);
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const auto forget = [&] { std::filesystem::remove_all(images.cache() / "content"); };
    forget();
    EXPECT_EQ(verify(images, deadline), (VerifyAnswer{0, {}})) << "the green sibling";
    images.registry().set_faults({test::read_fault(boost::json::parse(row.fault).as_object())});
    forget();
    EXPECT_EQ(verify(images, deadline), row.expected);
    forget();
    update_keeps_the_lock(images, row.of_update.value_or(row.expected), deadline);
    images.registry().set_faults({});
  }
}

void run(const std::vector<Row>& rows, const test::Personality& personality) {
  SignedImages images(1, personality);
  run(rows, images);
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
      {"the registry is in trouble, 503",
       R"({"match": {"kind": "referrers"}, "status": 503, "set": {"Retry-After": "3600"}})",
       {3, "signer-lost"}},
      {"the tag beside them is refused",
       R"({"match": {"kind": "manifest", "reference": "sha256-*"}, "status": 403})",
       {0, {}},  // who is recorded is found and verified; that others cannot be seen is a note
       VerifyAnswer{3, "signature-undetermined"}},
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
      {"the tag lists them, and the API beside it refuses",
       R"({"match": {"kind": "referrers"}, "status": 403})",
       {0, {}},
       VerifyAnswer{3, "signature-undetermined"}},
      {"the tag is gone",
       R"({"match": {"kind": "manifest", "reference": "sha256-*"}, "status": 404})",
       {1, "signer-lost"}},
  };
  rows.insert(rows.end(), kBlobs.begin(), kBlobs.end());
  run(rows, {.referrers = false});
}

// What was pushed before the registry learnt the API lies under the tag alone: an empty list is not all there is.
TEST(SignatureRegistry, AnEmptyListBesideAFallbackTag) {
  const std::string empty =
      R"({"match": {"kind": "referrers"}, "set": {"Content-Type": "application/vnd.oci.image.index.v1+json"}, )"
      R"("body": "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}"})";
  SignedImages both(1);
  both.registry().change(
      [](test::Content& content) { content.add_fallback_tag("acme/app-0", content.digest_of("acme/app-0")); });
  run({{"an empty list by the API, and the signature under the tag, passes", empty, {0, {}}}}, both);
  run({{"an empty list by the API, and nothing under the tag", empty, {1, "signer-lost"}}}, {});
}

// A byte now and then holds nobody up for longer than a request may take, and is no answer.
TEST(SignatureRegistry, SlowAnswers) {
  SignedImages images(1);
  const auto drip = [](const std::string& match) {
    return R"({"match": {)" + match + R"(}, "drip": 1, "drip-every-ms": 50})";
  };
  run({{"a bundle that drips", drip(R"("kind": "blob")"), {3, "signer-lost"}},
       {"referrers that drip", drip(R"("kind": "referrers")"), {3, "signer-lost"}}},
      images, std::chrono::milliseconds(400));
}

// Blobs lie in storage on another host, which answers 400 when credentials arrive there.
TEST(SignatureRegistry, Redirects) {
  const auto to = [](const std::string& where) {
    return R"({"match": {"kind": "blob"}, "status": 307, "set": {"Location": ")" + where + R"("}})";
  };
  SignedImages images(1, test::load_personality("redirector"));
  images.registry().change([](test::Content& content) { content.add_blob("acme/app-0", "what nobody signed"); });
  run({{"a redirect to itself", to("${path}"), {3, "signer-lost"}},
       {"a redirect to a file", to("file:///etc/passwd"), {3, "signer-lost"}},
       {"a redirect to user information", to("http://ann:secret@127.0.0.2/x"), {3, "signer-lost"}},
       {"a redirect to other bytes",
        to("${other-url}/storage/acme/app-0/" + test::digest_text("what nobody signed")),
        {1, "signature-invalid"}}},
      images);
  for (const auto& asked : images.registry().log()) {
    if (asked.door != "registry") {
      EXPECT_EQ(asked.authorization, "none") << asked.text();
    }
  }
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
