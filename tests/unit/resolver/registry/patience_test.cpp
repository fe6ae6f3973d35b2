// Retry arithmetic, quotas and the locality of addresses: pure functions, as tables.
#include <gtest/gtest.h>

#include "resolver/registry/address.hpp"
#include "resolver/registry/retry.hpp"
#include "resolver/registry/token.hpp"

namespace lock::registry {
namespace {

using std::chrono::milliseconds;

TEST(RegistryRetry, OnlyTransientStatusesAreRepeated) {
  for (const int status : {408, 429, 499, 500, 502, 503, 504, 522}) EXPECT_TRUE(is_transient_status(status)) << status;
  for (const int status : {200, 301, 400, 401, 403, 404, 405, 409, 418, 501, 505}) {
    EXPECT_FALSE(is_transient_status(status)) << status;
  }
}

TEST(RegistryRetry, WaitsDoubleSpreadAndStop) {
  const RetryLimits limits{.attempts = 5, .first_wait = milliseconds(400), .longest_wait = milliseconds(1'500)};
  EXPECT_EQ(backoff_wait(limits, 1, 0.0), milliseconds(200));
  EXPECT_EQ(backoff_wait(limits, 1, 1.0), milliseconds(400));
  EXPECT_EQ(backoff_wait(limits, 2, 1.0), milliseconds(800));
  EXPECT_EQ(backoff_wait(limits, 3, 1.0), milliseconds(1'500));
  EXPECT_EQ(backoff_wait(limits, 1'000'000, 0.5), milliseconds(1'125));
}

TEST(RegistryRetry, RetryAfterIsKeptUpToTheLimit) {
  const RetryLimits limits;
  const auto decide = [&](int failures, std::optional<milliseconds> asked) {
    return decide_patience(limits, failures, asked, 1.0);
  };
  EXPECT_EQ(decide(1, std::nullopt).next, Patience::Next::retry);
  EXPECT_EQ(decide(1, milliseconds(5'000)).wait, milliseconds(5'000));
  EXPECT_EQ(decide(1, milliseconds(0)).wait, milliseconds(400));
  EXPECT_EQ(decide(1, milliseconds(30'000)).next, Patience::Next::retry);
  EXPECT_EQ(decide(1, milliseconds(30'001)).next, Patience::Next::close_host);
  EXPECT_EQ(decide(4, std::nullopt).next, Patience::Next::give_up);
  EXPECT_EQ(decide(4, milliseconds(31'000)).next, Patience::Next::close_host);
}

TEST(RegistryRetry, TellsHubsTwoKindsOf429Apart) {
  EXPECT_TRUE(is_pull_quota("You have reached your pull rate limit.", ""));
  EXPECT_TRUE(is_pull_quota("", "0;w=21600"));
  EXPECT_FALSE(is_pull_quota("Too Many Requests", ""));
  EXPECT_FALSE(is_pull_quota("toomanyrequests: Rate exceeded", "57;w=21600"));
  EXPECT_EQ(parse_quota("100;w=21600")->count, 100U);
  EXPECT_EQ(parse_quota("100;w=21600")->window_seconds, 21600U);
  EXPECT_EQ(parse_quota("unlimited"), std::nullopt);
}

TEST(RegistryAddress, KnowsWhatIsLocal) {
  struct Row {
    std::string_view literal;
    Locality locality;
  };
  for (const Row& row : std::vector<Row>{{"8.8.8.8", Locality::internet},
                                         {"2001:4860:4860::8888", Locality::internet},
                                         {"127.0.0.1", Locality::loopback},
                                         {"127.255.255.254", Locality::loopback},
                                         {"0x7f.1", Locality::loopback},
                                         {"2130706433", Locality::loopback},
                                         {"[::1]", Locality::loopback},
                                         {"::ffff:127.0.0.1", Locality::loopback},
                                         {"10.1.2.3", Locality::private_network},
                                         {"172.31.0.1", Locality::private_network},
                                         {"172.32.0.1", Locality::internet},
                                         {"192.168.1.1", Locality::private_network},
                                         {"100.64.0.1", Locality::private_network},
                                         {"fd12::1", Locality::private_network},
                                         {"169.254.169.254", Locality::link_local},
                                         {"::ffff:169.254.169.254", Locality::link_local},
                                         {"64:ff9b::a9fe:a9fe", Locality::link_local},
                                         {"2002:a9fe:a9fe::1", Locality::link_local},
                                         {"100.100.100.200", Locality::link_local},
                                         {"192.0.0.192", Locality::link_local},
                                         {"fd00:ec2::254", Locality::link_local},
                                         {"fe80::1%eth0", Locality::link_local},
                                         {"0.0.0.0", Locality::link_local},
                                         {"::", Locality::link_local},
                                         {"224.0.0.1", Locality::link_local},
                                         {"255.255.255.255", Locality::link_local}}) {
    EXPECT_EQ(locality_of(row.literal), row.locality) << row.literal;
  }
  EXPECT_EQ(locality_of("reg.test"), std::nullopt);
}

TEST(RegistryToken, TheRealmRule) {
  TokenClient client;
  client.registry = "reg.test";
  client.base = *Url::parse("https://reg.test/");
  const auto verdict = [&](std::string_view realm) {
    const auto url = check_realm(client, realm);
    return url ? url->text() : describe(url.error());
  };
  EXPECT_EQ(verdict("https://auth.test/token"), "https://auth.test/token");
  EXPECT_EQ(verdict("/token?x=1"), "https://reg.test/token?x=1");
  EXPECT_EQ(verdict("http://auth.test/token"), "reg.test sends for tokens to http://auth.test, which is not https");
  EXPECT_EQ(
      verdict("https://169.254.169.254/latest"),
      "reg.test sends for tokens to https://169.254.169.254, a link-local or reserved address, which this registry "
      "has no business with");
  EXPECT_EQ(
      verdict("https://10.0.0.1/token"),
      "reg.test sends for tokens to https://10.0.0.1, an address of a private network, which this registry has no "
      "business with");
  client.most_local = Locality::private_network;
  EXPECT_EQ(verdict("https://10.0.0.1/token"), "https://10.0.0.1/token");
  client.realm_host = "auth.test";
  EXPECT_EQ(verdict("https://auth.test/token"), "https://auth.test/token");
  EXPECT_EQ(verdict("https://other.test/token"),
            "reg.test sends for tokens to https://other.test, but images.toml allows only auth.test");
  client.base = *Url::parse("http://localhost:5000/");
  client.realm_host.clear();
  client.most_local = Locality::loopback;
  EXPECT_EQ(verdict("http://127.0.0.1:5001/token"), "http://127.0.0.1:5001/token");
}

TEST(RegistryToken, ScopesAndServiceAreEncoded) {
  TokenRequest request;
  request.service = "a&b=c\r\n";
  request.scopes = {"repository:a/b:pull", "x y"};
  request.credential = Credential{.username = "robot$ci"};
  EXPECT_EQ(token_url(*Url::parse("https://auth.test/token?client=1"), request)->text(),
            "https://auth.test/token?client=1&service=a%26b%3Dc%0D%0A&scope=repository%3Aa%2Fb%3Apull&scope=x%20y&"
            "account=robot%24ci");
}

TEST(RegistryToken, AnswersAreReadStrictly) {
  const auto life = [](std::string_view body) { return parse_token_answer(body, "it")->life.count(); };
  const auto problem = [](std::string_view body) { return describe(parse_token_answer(body, "it").error()); };
  EXPECT_EQ(life(R"({"token":"abc","expires_in":300})"), 300);
  EXPECT_EQ(life(R"({"access_token":"abc"})"), 60);
  EXPECT_EQ(life(R"({"token":"abc","expires_in":5})"), 60);
  EXPECT_EQ(life(R"({"token":"abc","expires_in":18446744073709551615})"), 86'400);
  EXPECT_EQ(parse_token_answer(R"({"token":"","access_token":"x"})", "it")->token.reveal(), "x");
  EXPECT_EQ(problem(R"({"token":"a\r\nX: y"})"), "it holds a token with characters that no token has");
  EXPECT_EQ(problem(R"({"token":7})"), "it holds no token");
  EXPECT_EQ(problem(R"([])"), "it is not a JSON object");
}

}  // namespace
}  // namespace lock::registry
