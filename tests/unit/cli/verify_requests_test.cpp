// What `lock verify` asks of a registry about N signed images when the cache is warm: existence, tags and the listings
// that can change, each once, and nothing else. The registry's own counters say so.
#include <gtest/gtest.h>

#include "tests/support/trust/signed_images.hpp"

namespace lock {
namespace {

using test::SignedImages;
using Requests = std::map<std::string, std::size_t>;

// What is asked while `arguments` run.
Requests asked(SignedImages& images, std::vector<std::string> arguments) {
  images.registry().forget();
  const test::Ran ran = images.lock(std::move(arguments));
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  return images.registry().counters().requests;
}

// Of each image: its tag; the index and the manifest of its platform; referrers, and the tags that stand in for them.
// (Everything is asked with HEAD but the referrers API, which knows no other way.)
TEST(VerifyRequests, WarmAsksEachThingOnceAndNothingElse) {
  for (const std::size_t count : {1U, 7U}) {
    SignedImages images(count);
    ASSERT_EQ(images.lock({"update"}).status, 0);
    EXPECT_EQ(asked(images, {"verify"}), (Requests{{"HEAD manifest 200", 3 * count},     // tag, index, platform
                                                   {"GET referrers 200", count},         //
                                                   {"HEAD manifest 404", 3 * count}}));  // sha256-…, .sig, .att
  }
}

TEST(VerifyRequests, WithoutTheReferrersApiTheIndexUnderTheFallbackTagIsNotFetchedAgain) {
  for (const std::size_t count : {1U, 7U}) {
    SignedImages images(count, {.referrers = false});
    ASSERT_EQ(images.lock({"update"}).status, 0);
    EXPECT_EQ(asked(images, {"verify"}), (Requests{{"HEAD manifest 200", 4 * count},     // and the fallback tag
                                                   {"GET referrers 404", count},         //
                                                   {"HEAD manifest 404", 2 * count}}));  // .sig, .att
  }
}

TEST(VerifyRequests, ATokenARepository) {
  constexpr std::size_t count = 5;
  SignedImages images(count, {.authentication = test::Authentication::bearer});
  ASSERT_EQ(images.lock({"update"}).status, 0);
  EXPECT_EQ(asked(images, {"verify"}), (Requests{{"GET token 200", count},
                                                 {"HEAD manifest 200", 3 * count},
                                                 {"GET referrers 200", count},
                                                 {"HEAD manifest 404", 3 * count}}));
}

// Signatures alone: the subject's answer is part of the proof, and the first 404 to a HEAD is confirmed, for all.
TEST(VerifyRequests, SignaturesAloneConfirmOneAbsence) {
  constexpr std::size_t count = 7;
  SignedImages images(count);
  ASSERT_EQ(images.lock({"update"}).status, 0);
  EXPECT_EQ(asked(images, {"verify", "--only", "signatures"}), (Requests{{"HEAD manifest 200", count},
                                                                         {"GET referrers 200", count},
                                                                         {"HEAD manifest 404", 3 * count},
                                                                         {"GET manifest 404", 1}}));
}

// What an earlier run saw is verified again without a socket; what nobody saw is undetermined, and what was seen is no
// proof that there is no more.
TEST(VerifyRequests, OfflineVerifiesWhatIsCachedAndNothingElse) {
  for (const bool referrers_api : {true, false}) {
    SignedImages images(2, {.referrers = referrers_api});
    ASSERT_EQ(images.lock({"update"}).status, 0);
    EXPECT_EQ(asked(images, {"verify", "--only", "signatures", "--offline"}), Requests{});
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
  SignedImages images(2);
  ASSERT_EQ(images.lock({"update"}).status, 0);
  std::filesystem::remove_all(images.cache() / "listings");
  const test::Ran ran = images.lock({"verify", "--only", "signatures", "--offline"});
  EXPECT_EQ(ran.status, 3) << ran.out << ran.err;
}

}  // namespace
}  // namespace lock
