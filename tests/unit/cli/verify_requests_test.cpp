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

  [[nodiscard]] std::string name_again(std::string text) const {
    const std::string host = registry_.host();
    for (auto at = text.find(host); at != text.npos; at = text.find(host)) text.replace(at, host.size(), "HOST");
    return text;
  }
  [[nodiscard]] const support::TemporaryTree& cache() const { return cache_; }

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

// What an earlier run saw is verified again without a socket; what nobody saw is undetermined, and what was seen is no
// proof that there is no more.
TEST(VerifyRequests, OfflineVerifiesWhatIsCachedAndNothingElse) {
  for (const bool referrers_api : {true, false}) {
    SignedImages images(2, referrers_api);
    ASSERT_EQ(images.lock({"update"}).status, 0);
    EXPECT_EQ(images.asked({"verify", "--only", "signatures", "--offline"}), Requests{});
    const test::Ran again = images.lock({"--report", "json", "verify", "--only", "signatures", "--offline"});
    EXPECT_EQ(again.status, 0) << again.out;
    const auto findings = boost::json::parse(again.out).at("findings").as_array();
    ASSERT_EQ(findings.size(), 3U) << again.out;  // and that the built-in root is old
    EXPECT_EQ(
        images.name_again(std::string(findings[1].at("message").as_string())),
        "cannot see everybody who signed HOST/acme/app-0:1: nobody was asked who else signed it, since this run is "
        "offline");
    std::filesystem::remove_all(images.cache() / "content");
    EXPECT_EQ(images.lock({"verify", "--only", "signatures", "--offline"}).status, 3);
  }
}

TEST(VerifyRequests, OfflineWithoutAListingIsUndetermined) {
  SignedImages images(2, true);
  ASSERT_EQ(images.lock({"update"}).status, 0);
  std::filesystem::remove_all(images.cache() / "listings");
  const test::Ran ran = images.lock({"verify", "--only", "signatures", "--offline"});
  EXPECT_EQ(ran.status, 3) << ran.out << ran.err;
}

}  // namespace
}  // namespace lock
