#include "resolver/image/manifest.hpp"

#include <gtest/gtest.h>

namespace lock::image {
namespace {

const std::string kHex(64, 'a');

VerifiedBytes adopt(std::string text) { return VerifiedBytes::adopt(std::move(text), base::HashAlgorithm::sha256); }

std::string child(const std::string& more = "") {
  return R"({"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:)" + kHex + R"(","size":2)" +
         more + "}";
}
std::string index(const std::string& members) { return R"({"schemaVersion":2)" + members + "}"; }

// The message without the digest of the document, which changes with every byte of the test.
std::string refusal(const std::string& text, std::string_view served = "") {
  const auto bytes = adopt(text);
  const auto parsed = parse_manifest(bytes, served);
  if (parsed) return "accepted";
  std::string message(name_of(parsed.error().kind));
  message += ": " + parsed.error().message;
  if (const auto at = message.find(" " + bytes.digest().text()); at != message.npos) message.erase(at, 72);
  return message;
}

TEST(Manifest, ReadsAnIndex) {
  const auto parsed = parse_manifest(
      adopt(index(R"(,"manifests":[)" + child(R"(,"platform":{"os":"linux","architecture":"arm","variant":"v7"})") +
                  "," + child(R"(,"platform":{"os":"unknown","architecture":"unknown"})") + "]")),
      "application/vnd.oci.image.index.v1+json; charset=utf-8");
  ASSERT_TRUE(parsed) << describe(parsed.error());
  EXPECT_EQ(parsed->kind, Manifest::Kind::index);
  ASSERT_EQ(parsed->manifests.size(), 2U);
  EXPECT_EQ(parsed->manifests[0].platform->text(), "linux/arm/v7");
  EXPECT_FALSE(is_attestation(parsed->manifests[0]));
  EXPECT_TRUE(is_attestation(parsed->manifests[1]));
}

TEST(Manifest, RefusesWhatHasTwoMeanings) {
  const std::string list = R"(,"manifests":[])";
  EXPECT_EQ(refusal(index(list + R"(,"layers":[],"config":)" + child())),
            "malformed: manifest is index and image manifest at once");
  EXPECT_EQ(refusal(index("")), "malformed: manifest is neither an index nor an image manifest");
  EXPECT_EQ(refusal(index(list + R"(,"mediaType":"application/vnd.oci.image.manifest.v1+json")")),
            "malformed: manifest says mediaType 'application/vnd.oci.image.manifest.v1+json' but has the members of "
            "another type");
  EXPECT_EQ(refusal(index(list + R"(,"mediaType":"application/vnd.oci.image.index.v1+json")"), media_type::docker_list),
            "malformed: manifest says mediaType 'application/vnd.oci.image.index.v1+json' but was served as "
            "'application/vnd.docker.distribution.manifest.list.v2+json'");
  EXPECT_EQ(refusal(index(list + R"(,"MANIFESTS":[])")),
            "malformed: manifest is not valid JSON: the name \"MANIFESTS\" stands twice in one object");
}

TEST(Manifest, RefusesSchemaOneHoweverItIsDressed) {
  const std::string message = "unsupported: manifest is Docker schema 1, which is refused";
  EXPECT_EQ(refusal(R"({"schemaVersion":1,"fsLayers":[],"history":[]})"), message);
  EXPECT_EQ(refusal(index(R"(,"manifests":[],"fsLayers":[])")), message);
  EXPECT_EQ(refusal(index(R"(,"manifests":[])"), "application/vnd.docker.distribution.manifest.v1+prettyjws"), message);
}

TEST(Manifest, RefusesBadDescriptors) {
  const auto one = [](const std::string& entry) { return refusal(index(R"(,"manifests":[)" + entry + "]")); };
  EXPECT_EQ(one("7"), "malformed: manifest has an entry of 'manifests' that is not an object");
  EXPECT_EQ(
      one(R"({"mediaType":"x","digest":"sha256:../../etc","size":1})"),
      "malformed: manifest has an entry of 'manifests' with a bad digest: a digest has lower-case hex digits only");
  EXPECT_EQ(one(R"({"mediaType":"x","digest":"sha256:)" + kHex + R"(","size":-1})"),
            "malformed: manifest has an entry of 'manifests' without a size that is a whole number");
  EXPECT_EQ(one(child(R"(,"platform":{"os":"li nux","architecture":"a"})")),
            "malformed: manifest has the impossible platform 'li nux/a'");
  std::string many = child();
  for (int i = 0; i < 1000; ++i) many += "," + child();
  EXPECT_EQ(one(many), "limit: manifest lists 1001 manifests, more than the 1000 that are read");
}

TEST(Platform, FormatsAsContainerdDoes) {
  for (const char* text : {"linux/amd64", "linux/arm/v7", "windows(10.0.20348.2700)/amd64"}) {
    const auto platform = Platform::parse(text);
    ASSERT_TRUE(platform);
    EXPECT_EQ(platform->text(), text);
  }
  for (const char* bad : {"linux", "", "linux/", "/amd64", "a/b/c/d", "windows(10/amd64", "linux /amd64"}) {
    EXPECT_FALSE(Platform::parse(bad)) << bad;
  }
  EXPECT_TRUE(Platform::parse("linux/arm64/v8")->satisfies(*Platform::parse("linux/arm64")));
  EXPECT_TRUE(Platform::parse("linux/arm64")->satisfies(*Platform::parse("linux/arm64/v8")));
  EXPECT_FALSE(Platform::parse("linux/arm/v6")->satisfies(*Platform::parse("linux/arm/v7")));
}

}  // namespace
}  // namespace lock::image
