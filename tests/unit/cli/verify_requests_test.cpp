// What `lock verify` asks of a registry about N signed images when the cache is warm: existence, tags and the listings
// that can change, each once, and nothing else. The registry's own counters say so.
#include <gtest/gtest.h>

#include "resolver/trust/sigstore/cosign.hpp"
#include "tests/support/command.hpp"
#include "tests/support/registry/scripted_registry.hpp"
#include "tests/support/temporary_tree.hpp"
#include "tests/support/trust/world.hpp"

namespace lock {
namespace {

using Requests = std::map<std::string, std::size_t>;

// A registry with `count` images that are signed by bundles among their referrers, and a tree that uses them.
class SignedImages {
 public:
  SignedImages(std::size_t count, bool referrers_api, std::string authentication = "none")
      : registry_({.personality = personality(referrers_api, authentication)}) {
    registry_.change([&](test::Content& content) {
      for (std::size_t i = 0; i < count; ++i) add(content, "acme/app-" + std::to_string(i), !referrers_api);
    });
    std::string dockerfile;
    for (std::size_t i = 0; i < count; ++i) {
      dockerfile += "FROM " + registry_.host() + "/acme/app-" + std::to_string(i) + ":1\n";
    }
    tree_.file("Dockerfile", dockerfile);
    tree_.file("root.json", boost::json::serialize(world_.trusted_root()));
    tree_.file("images.toml",
               "[signer.acme]\nkind = \"sigstore\"\ntrusted-root = \"root.json\"\n"
               "issuer = \"https://token.example\"\nsubject = \"https://github.com/acme/**\"\n");
  }

  test::Ran lock(std::vector<std::string> arguments) { return test::run_lock(tree_.path(), cache_.path(), arguments); }

  // What is asked while `arguments` run.
  Requests asked(std::vector<std::string> arguments) {
    registry_.forget();
    const test::Ran ran = lock(std::move(arguments));
    EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
    return registry_.counters().requests;
  }

 private:
  static test::Personality personality(bool referrers_api, const std::string& authentication) {
    test::Personality out;
    out.referrers = referrers_api;
    if (authentication == "bearer") out.authentication = test::Authentication::bearer;
    return out;
  }

  void add(test::Content& content, const std::string& repository, bool fallback) {
    const std::string digest = content.add_image(repository, {.index = true, .salt = repository, .tag = "1"});
    const std::string manifest = content.find(repository)->manifests.at(digest).bytes;
    const boost::json::value bundle = world_.sign({.message = manifest, .envelope = true});
    content.add_artifact(repository, {.artifact_type = std::string(kBundle),
                                      .layer_type = std::string(kBundle),
                                      .payload = boost::json::serialize(bundle),
                                      .subject = digest});
    if (fallback) content.add_fallback_tag(repository, digest);
  }

  static constexpr std::string_view kBundle = "application/vnd.dev.sigstore.bundle.v0.3+json";
  test::World world_;
  test::ScriptedRegistry registry_;
  support::TemporaryTree tree_;
  support::TemporaryTree cache_;
};

// Of each image: its tag; the index and the manifest of its platform; referrers, and the tags that stand in for them.
// (Everything is asked with HEAD but the referrers API, which knows no other way.)
TEST(VerifyRequests, WarmAsksEachThingOnceAndNothingElse) {
  for (const std::size_t count : {1U, 7U}) {
    SignedImages images(count, true);
    ASSERT_EQ(images.lock({"update"}).status, 0);
    EXPECT_EQ(images.asked({"verify"}), (Requests{{"HEAD manifest 200", 3 * count},     // tag, index, platform
                                                  {"GET referrers 200", count},         //
                                                  {"HEAD manifest 404", 3 * count}}));  // sha256-…, .sig, .att
  }
}

TEST(VerifyRequests, WithoutTheReferrersApiTheIndexUnderTheFallbackTagIsNotFetchedAgain) {
  for (const std::size_t count : {1U, 7U}) {
    SignedImages images(count, false);
    ASSERT_EQ(images.lock({"update"}).status, 0);
    EXPECT_EQ(images.asked({"verify"}), (Requests{{"HEAD manifest 200", 4 * count},     // and the fallback tag
                                                  {"GET referrers 404", count},         //
                                                  {"HEAD manifest 404", 2 * count}}));  // .sig, .att
  }
}

TEST(VerifyRequests, ATokenARepository) {
  constexpr std::size_t count = 5;
  SignedImages images(count, true, "bearer");
  ASSERT_EQ(images.lock({"update"}).status, 0);
  EXPECT_EQ(images.asked({"verify"}), (Requests{{"GET token 200", count},
                                                {"HEAD manifest 200", 3 * count},
                                                {"GET referrers 200", count},
                                                {"HEAD manifest 404", 3 * count}}));
}

// Signatures alone: the subject's answer is part of the proof, and the first 404 to a HEAD is confirmed, for all.
TEST(VerifyRequests, SignaturesAloneConfirmOneAbsence) {
  constexpr std::size_t count = 7;
  SignedImages images(count, true);
  ASSERT_EQ(images.lock({"update"}).status, 0);
  EXPECT_EQ(images.asked({"verify", "--only", "signatures"}), (Requests{{"HEAD manifest 200", count},
                                                                        {"GET referrers 200", count},
                                                                        {"HEAD manifest 404", 3 * count},
                                                                        {"GET manifest 404", 1}}));
}

}  // namespace
}  // namespace lock
