// `lock signers` and `lock explain IMAGE`: what their JSON and text say.
#include <gtest/gtest.h>

#include "resolver/base/encoding.hpp"
#include "resolver/trust/sigstore/cosign.hpp"
#include "tests/support/trust/attacks.hpp"
#include "tests/support/trust/signed_tree.hpp"

namespace lock {
namespace {

namespace json = boost::json;

const std::string kSettings =
    "[signer.acme]\nkind = \"sigstore\"\ntrusted-root = \"root.json\"\nissuer = \"https://token.example\"\n"
    "subject = \"https://github.com/acme/**\"\n"
    "[[rule]]\nimages = [\"registry.example/acme/**\"]\nsigners = [\"acme\"]\n"
    "[[first-party]]\nimages = [\"registry.example/shop/**\"]\n";

// The image is signed by acme, about it stands an SBOM by acme, and one more signature is somebody else's.
class WhoSigned : public ::testing::Test {
 protected:
  void SetUp() override {
    test::SignedRegistry registry;
    registry.add_blob(std::string(test::kImageConfig));
    registry.tag("1", registry.add_manifest(manifest));
    const auto attach = [&](const test::World& world, const std::string& predicate) {
      const json::value bundle = world.sign({.message = manifest, .envelope = true, .predicate_type = predicate});
      return registry.attach_bundle(image, json::serialize(bundle)).text();
    };
    signature = attach(test::this_world(), "https://sigstore.dev/cosign/sign/v1");
    sbom = attach(test::this_world(), "https://spdx.dev/Document");
    stranger = attach(test::other_world(), "https://sigstore.dev/cosign/sign/v1");
    tree.serve(registry);
    tree.file("root.json", json::serialize(test::this_world().trusted_root()));
    tree.settings(kSettings);
    ASSERT_EQ(tree.run({"update"}).status, 0);
  }

  json::value document(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--report", "json"});
    const test::Ran ran = tree.run(std::move(arguments));
    EXPECT_EQ(ran.status, 0) << ran.err;
    return json::parse(ran.out);
  }

  const std::string manifest = test::image_manifest("signed");
  const image::Digest image = image::Digest::sha256_of(manifest);
  std::string signature, sbom, stranger;
  test::SignedTree tree;
};

TEST_F(WhoSigned, SignersAsJson) {
  const json::value out = document({"signers", "registry.example/acme/base:1"});
  EXPECT_EQ(out.at("schema"), 1);
  ASSERT_EQ(out.at("images").as_array().size(), 1U);
  const json::object& one = out.at("images").at(0).as_object();
  const json::object signer{
      {"kind", "sigstore"}, {"root", "root.json"}, {"issuer", "https://token.example"}, {"subject", test::kSubject}};
  const json::object found = one.at("recorded").at(0).as_object();
  EXPECT_EQ(found.at("subject"), signer.at("subject"));
  EXPECT_EQ(one.at("reference"), "registry.example/acme/base:1");
  EXPECT_EQ(one.at("digest").as_string(), image.text());
  EXPECT_EQ(one.at("lock"), "images.lock");
  EXPECT_EQ(one.at("unsigned"), false);
  EXPECT_EQ(one.at("undetermined"), json::array{});

  std::map<std::string, json::object> by_place;
  for (const json::value& each : one.at("signatures").as_array()) {
    by_place.emplace(each.at("location").as_string(), each.as_object());
  }
  ASSERT_EQ(by_place.size(), 3U);
  EXPECT_EQ(by_place.at(signature), (json::object{{"format", "sigstore bundle v0.3"},
                                                  {"location", signature},
                                                  {"state", "verified"},
                                                  {"signer", found},
                                                  {"names", json::array{"acme"}},
                                                  {"recorded", true},
                                                  {"image-signature", true},
                                                  {"predicate-type", "https://sigstore.dev/cosign/sign/v1"},
                                                  {"claimed-issuer", "https://token.example"},
                                                  {"claimed-subject", test::kSubject}}));
  EXPECT_EQ(by_place.at(sbom).at("image-signature"), false);
  EXPECT_EQ(by_place.at(sbom).at("predicate-type"), "https://spdx.dev/Document");
  const json::object& other = by_place.at(stranger);
  EXPECT_EQ(other.at("state"), "untrusted");
  EXPECT_EQ(other.at("claimed-subject").as_string(), test::kSubject);
  EXPECT_FALSE(other.contains("signer"));
  EXPECT_TRUE(other.contains("step") && other.contains("reason"));
}

TEST_F(WhoSigned, SignersOfAnImageThatIsNotLocked) {
  const json::value out = document({"signers", "registry.example/acme/base@" + image.text()});
  const json::object& one = out.at("images").at(0).as_object();
  EXPECT_EQ(one.at("digest").as_string(), image.text());
  EXPECT_EQ(one.at("signatures").as_array().size(), 3U);
}

TEST_F(WhoSigned, ExplainAsJson) {
  EXPECT_EQ(document({"explain", "registry.example/acme/base:1"}),
            json::value({{"schema", 1},
                         {"reference", "registry.example/acme/base:1"},
                         {"rules", json::array{json::object{{"rule", "[[rule]]"},
                                                            {"file", "images.toml"},
                                                            {"line", 8},
                                                            {"demand", "acme"},
                                                            {"scopes", json::array{""}}}}}}));
  EXPECT_EQ(document({"explain", "nginx:1.27"}).at("rules"), json::array{});
}

TEST_F(WhoSigned, ExplainSaysThatAnImageIsBuiltHere) {
  const test::Ran ran = tree.run({"explain", "registry.example/shop/web:1"});
  EXPECT_EQ(ran.out,
            "registry.example/shop/web:1\n  images.toml:11: [[first-party]]: built here, its digest comes from the "
            "build\n");
  EXPECT_EQ(document({"explain", "registry.example/shop/web:1"}).at("rules").at(0).at("rule"), "[[first-party]]");
}

TEST_F(WhoSigned, ExplainKnowsNestedScopes) {
  tree.file("team/images.toml", "[[rule]]\nimages = [\"registry.example/acme/**\"]\nsigners = [\"acme\"]\n");
  const test::Ran ran = tree.run({"explain", "registry.example/acme/base:1"});
  EXPECT_EQ(ran.out,
            "registry.example/acme/base:1\n"
            "  images.toml:8: [[rule]]: must be signed by acme (in the root, team)\n"
            "  team/images.toml:1: [[rule]]: must be signed by acme (in team)\n")
      << ran.err;
  const json::value rules = document({"explain", "registry.example/acme/base:1"}).at("rules");
  EXPECT_EQ(rules.at(0).at("scopes"), (json::array{"", "team"}));
  EXPECT_EQ(rules.at(1).at("scopes"), json::array{"team"});
}

TEST_F(WhoSigned, ExplainRefusesAMalformedReference) {
  const test::Ran ran = tree.run({"explain", "registry.example/ACME:1"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_TRUE(ran.err.contains("ACME")) << ran.err;
}

}  // namespace
}  // namespace lock
