#include "tests/support/registry/scripted_registry.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "resolver/base/encoding.hpp"
#include "tests/support/registry/raw_client.hpp"
#include "tests/support/source_dir.hpp"

namespace lock::test {
namespace {

namespace json = boost::json;

Fault fault(const char* text) { return read_fault(json::parse(text).as_object()); }
Personality personality(const char* text) { return read_personality(json::parse(text).as_object()); }

std::string add_app(ScriptedRegistry& registry) {
  registry.change([](Content& content) {
    content.add_image("acme/app", {.platforms = {"linux/amd64", "linux/arm64"}, .tag = "1", .name = "app"});
  });
  return registry.digest_of("app");
}

TEST(ScriptedRegistry, ServesWhatWasMade) {
  ScriptedRegistry registry;
  const std::string digest = add_app(registry);
  const RawAnswer head = ask(registry.port(), "HEAD", "/v2/acme/app/manifests/1");
  EXPECT_EQ(head.status(), 200);
  EXPECT_EQ(head.header("docker-content-digest"), digest);
  EXPECT_EQ(head.body(), "");
  const RawAnswer get = ask(registry.port(), "GET", "/v2/acme/app/manifests/" + digest);
  EXPECT_EQ(digest_text(get.body()), digest);
  EXPECT_EQ(get.header("content-length"), head.header("content-length"));
  const json::value index = json::parse(get.body());
  for (const json::value& child : index.at("manifests").as_array()) {
    const std::string name(child.at("digest").as_string());
    const RawAnswer manifest = ask(registry.port(), "GET", "/v2/acme/app/manifests/" + name);
    ASSERT_EQ(digest_text(manifest.body()), name);
    const std::string config(json::parse(manifest.body()).at("config").at("digest").as_string());
    EXPECT_EQ(digest_text(ask(registry.port(), "GET", "/v2/acme/app/blobs/" + config).body()), config);
  }
  EXPECT_EQ(ask(registry.port(), "GET", "/v2/acme/app/manifests/2").body(),
            R"({"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]})");
  const Counters counters = registry.counters();
  EXPECT_EQ(counters.of("HEAD manifest"), 1);
  EXPECT_EQ(counters.of("GET manifest 200"), 3);
  EXPECT_EQ(counters.of("GET manifest 404"), 1);
  EXPECT_EQ(counters.of("GET blob"), 2);
  EXPECT_EQ(counters.manifest_gets, 3);
  EXPECT_EQ(counters.connections.at("registry"), 7);
  EXPECT_EQ(registry.log().at(0).text(), "registry HEAD /v2/acme/app/manifests/1 -> 200 (none, connection 1)");
}

TEST(ScriptedRegistry, KeepsAConnectionForSeveralRequests) {
  ScriptedRegistry registry;
  add_app(registry);
  const std::string twice = "HEAD /v2/acme/app/manifests/1 HTTP/1.1\r\n\r\nGET /v2/ HTTP/1.1\r\n\r\n";
  const RawAnswer answer = exchange(registry.port(), twice, std::chrono::milliseconds(100));
  EXPECT_EQ(answer.bytes.find("HTTP/1.1 200 OK"), 0);
  EXPECT_NE(answer.bytes.rfind("HTTP/1.1 200 OK"), 0);
  EXPECT_FALSE(answer.ended);
  EXPECT_EQ(registry.counters().connections.at("registry"), 1);
}

TEST(ScriptedRegistry, HandsOutTokensThatItThenWants) {
  ScriptedRegistry registry(
      {.personality =
           personality(R"({"authentication": "bearer", "users": {"ann": "secret"}, "private": ["acme/*"]})")});
  add_app(registry);
  const RawAnswer refused = ask(registry.port(), "HEAD", "/v2/acme/app/manifests/1");
  EXPECT_EQ(refused.status(), 401);
  EXPECT_EQ(refused.header("www-authenticate"),
            "Bearer realm=\"http://" + registry.host("token") +
                "/token\",service=\"registry.test\",scope=\"repository:acme/app:pull\"");
  const std::string target = "/token?service=registry.test&scope=repository%3Aacme%2Fapp%3Apull";
  const auto bearer = [&](const RawAnswer& answer) {
    return "Authorization: Bearer " + std::string(json::parse(answer.body()).at("token").as_string()) + "\r\n";
  };
  const RawAnswer anonymous = ask(registry.port("token"), "GET", target);
  const RawAnswer still = ask(registry.port(), "HEAD", "/v2/acme/app/manifests/1", bearer(anonymous));
  EXPECT_EQ(still.status(), 401);
  EXPECT_TRUE(still.header("www-authenticate").ends_with(",error=\"insufficient_scope\""));
  const std::string basic = "Authorization: Basic " + base::to_base64("ann:secret") + "\r\n";
  const RawAnswer token = ask(registry.port("token"), "GET", target, basic);
  EXPECT_EQ(ask(registry.port(), "HEAD", "/v2/acme/app/manifests/1", bearer(token)).status(), 200);
  EXPECT_EQ(registry.counters().tokens.at("repository:acme/app:pull"), 2);
  EXPECT_EQ(registry.log().back().authorization, "bearer 2");
}

TEST(ScriptedRegistry, TokensEndAfterAsManyUsesAsThePersonalitySays) {
  ScriptedRegistry registry({.personality = personality(R"({"authentication": "bearer", "token": {"uses": 1}})")});
  add_app(registry);
  const RawAnswer token = ask(registry.port("token"), "GET", "/token?scope=repository:acme/app:pull");
  const std::string header =
      "Authorization: Bearer " + std::string(json::parse(token.body()).at("token").as_string()) + "\r\n";
  EXPECT_EQ(ask(registry.port(), "HEAD", "/v2/acme/app/manifests/1", header).status(), 200);
  EXPECT_EQ(ask(registry.port(), "HEAD", "/v2/acme/app/manifests/1", header).status(), 401);
}

TEST(ScriptedRegistry, ShowsReferrersInPages) {
  ScriptedRegistry registry({.personality = personality(R"({"page": 2})")});
  const std::string digest = add_app(registry);
  registry.change([&](Content& content) {
    for (const char* payload : {"a", "b", "c"})
      content.add_artifact("acme/app", {.payload = payload, .subject = digest});
  });
  const RawAnswer first = ask(registry.port(), "GET", "/v2/acme/app/referrers/" + digest);
  EXPECT_EQ(json::parse(first.body()).at("manifests").as_array().size(), 2);
  EXPECT_EQ(first.header("link"), "</v2/acme/app/referrers/" + digest + "?from=2>; rel=\"next\"");
  const RawAnswer second = ask(registry.port(), "GET", "/v2/acme/app/referrers/" + digest + "?from=2");
  EXPECT_EQ(json::parse(second.body()).at("manifests").as_array().size(), 1);
  EXPECT_EQ(second.header("link"), "");
}

TEST(ScriptedRegistry, TakesPushes) {
  ScriptedRegistry registry;
  const std::string blob = "a blob in two parts";
  const RawAnswer start = ask(registry.port(), "POST", "/v2/to/here/blobs/uploads/");
  EXPECT_EQ(start.status(), 202);
  const std::string location = start.header("location");
  EXPECT_EQ(ask(registry.port(), "PATCH", location, "Content-Range: 0-9\r\n", blob.substr(0, 10)).header("range"),
            "0-9");
  EXPECT_EQ(ask(registry.port(), "PATCH", location, "Content-Range: 3-9\r\n", "x").status(), 416);
  EXPECT_EQ(ask(registry.port(), "PUT", location + "?digest=" + digest_text(blob), "", blob.substr(10)).status(), 201);
  EXPECT_EQ(ask(registry.port(), "GET", "/v2/to/here/blobs/" + digest_text(blob)).body(), blob);
  EXPECT_EQ(
      ask(registry.port(), "POST", "/v2/to/there/blobs/uploads/?from=to/here&mount=" + digest_text(blob)).status(),
      201);
  EXPECT_EQ(registry.counters().blob_bytes_received, blob.size());
  const std::string manifest = R"({"schemaVersion":2,"layers":[{"digest":")" + digest_text("nothing") + "\"}]}";
  EXPECT_EQ(ask(registry.port(), "PUT", "/v2/to/here/manifests/1", "", manifest).body(),
            R"({"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry"}]})");
}

struct WireCase {
  const char* name;
  const char* description;
  void (*look)(const RawAnswer& answer, const RawAnswer& healthy);
};

class FaultOnTheWire : public testing::TestWithParam<WireCase> {};

TEST_P(FaultOnTheWire, IsAsDescribed) {
  ScriptedRegistry registry;
  const std::string digest = add_app(registry);
  const std::string request = "GET /v2/acme/app/manifests/" + digest + " HTTP/1.1\r\n\r\n";
  const RawAnswer healthy = exchange(registry.port(), request, std::chrono::milliseconds(50));
  registry.add_fault(fault(GetParam().description));
  GetParam().look(exchange(registry.port(), request, std::chrono::milliseconds(200), 3 << 20), healthy);
}

const WireCase wire_cases[] = {
    {"Status", R"({"status": 503, "set": {"Retry-After": "7"}})",
     [](const RawAnswer& a, const RawAnswer&) {
       EXPECT_EQ(a.bytes, "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n");
     }},
    {"Drop", R"({"drop": true})",
     [](const RawAnswer& a, const RawAnswer&) {
       EXPECT_EQ(a.bytes, "");
       EXPECT_TRUE(a.ended);
     }},
    {"Reset", R"({"reset": true})", [](const RawAnswer& a, const RawAnswer&) { EXPECT_TRUE(a.reset); }},
    {"Hang", R"({"hang": true})",
     [](const RawAnswer& a, const RawAnswer&) {
       EXPECT_EQ(a.bytes, "");
       EXPECT_FALSE(a.ended);
     }},
    {"Truncate", R"({"truncate": 10})",
     [](const RawAnswer& a, const RawAnswer& healthy) {
       EXPECT_EQ(a.body(), healthy.body().substr(0, 10));
       EXPECT_EQ(a.header("content-length"), healthy.header("content-length"));
       EXPECT_TRUE(a.ended);
     }},
    {"Drip", R"({"drip": 100, "drip-every-ms": 10})",
     [](const RawAnswer& a, const RawAnswer& healthy) {
       EXPECT_EQ(a.body(), healthy.body());
       EXPECT_GE(a.took.count(), 10 * static_cast<long>(healthy.body().size() / 100 - 1));
     }},
    {"Endless", R"({"endless": true})",
     [](const RawAnswer& a, const RawAnswer&) {
       EXPECT_GE(a.bytes.size(), std::size_t{3} << 20);
       EXPECT_EQ(a.header("transfer-encoding"), "chunked");
     }},
    {"LyingLength", R"({"length": 2147483648})",
     [](const RawAnswer& a, const RawAnswer& healthy) {
       EXPECT_EQ(a.header("content-length"), "2147483648");
       EXPECT_EQ(a.body(), healthy.body());
       EXPECT_FALSE(a.ended);
     }},
    {"NoLength", R"({"no-length": true})",
     [](const RawAnswer& a, const RawAnswer& healthy) {
       EXPECT_EQ(a.header("content-length"), "");
       EXPECT_EQ(a.body(), healthy.body());
       EXPECT_TRUE(a.ended);
     }},
    {"Chunked", R"({"chunked": true})",
     [](const RawAnswer& a, const RawAnswer&) { EXPECT_TRUE(a.body().ends_with("\r\n0\r\n\r\n")); }},
    {"Corrupt", R"({"corrupt": true})",
     [](const RawAnswer& a, const RawAnswer& healthy) {
       EXPECT_EQ(a.body().size(), healthy.body().size());
       EXPECT_NE(a.body(), healthy.body());
       EXPECT_EQ(a.header("docker-content-digest"), digest_text(healthy.body()));
     }},
    {"Gzip", R"({"gzip": true})",
     [](const RawAnswer& a, const RawAnswer& healthy) {
       EXPECT_EQ(a.header("content-encoding"), "gzip");
       EXPECT_EQ(a.body().substr(0, 2), "\x1f\x8b");
       EXPECT_EQ(a.body().substr(15, healthy.body().size()), healthy.body());
     }},
    {"GzipBomb", R"({"gzip-bomb": 200})",
     [](const RawAnswer& a, const RawAnswer&) { EXPECT_LT(a.body().size(), std::size_t{2} << 20); }},
    {"PadHeaders", R"({"pad-headers": 300000})",
     [](const RawAnswer& a, const RawAnswer&) { EXPECT_GT(a.bytes.size() - a.body().size(), 300'000); }},
    {"Raw", R"({"raw": "HTTP/1.1 200 fine ${repository}\r\n\r\n"})",
     [](const RawAnswer& a, const RawAnswer&) {
       EXPECT_EQ(a.bytes, "HTTP/1.1 200 fine acme/app\r\n\r\n");
       EXPECT_TRUE(a.ended);
     }},
    {"Redirect", R"({"status": 307, "set": {"Location": "http://evil.test${path}?x"}})",
     [](const RawAnswer& a, const RawAnswer& healthy) {
       EXPECT_EQ(a.status(), 307);
       EXPECT_EQ(a.header("location"), "http://evil.test/v2/acme/app/manifests/" + digest_text(healthy.body()) + "?x");
     }},
    {"Delay", R"({"delay-ms": 60})",
     [](const RawAnswer& a, const RawAnswer& healthy) {
       EXPECT_EQ(a.bytes, healthy.bytes);
       EXPECT_GE(a.took.count(), 60);
     }},
};

INSTANTIATE_TEST_SUITE_P(ScriptedRegistry, FaultOnTheWire, testing::ValuesIn(wire_cases),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(Faults, SkipTimesAndPercentDecideWhenTheyStrike) {
  ScriptedRegistry registry(
      {.faults = {fault(R"({"match": {"kind": "ping", "skip": 1, "times": 2}, "status": 500})")}});
  std::vector<int> seen;
  for (int i = 0; i < 5; ++i) seen.push_back(ask(registry.port(), "GET", "/v2/").status());
  EXPECT_EQ(seen, (std::vector<int>{200, 500, 500, 200, 200}));
  registry.set_faults({fault(R"({"match": {"percent": 20, "seed": 7}, "status": 503})")});
  int struck = 0;
  for (int i = 0; i < 500; ++i)
    struck += ask(registry.port(), "GET", "/v2/x/manifests/" + std::to_string(i)).status() == 503;
  EXPECT_GT(struck, 60);
  EXPECT_LT(struck, 140);
}

TEST(Faults, AMisspeltMemberIsAnError) {
  try {
    fault(R"({"statsu": 500})");
    FAIL();
  } catch (const std::exception& error) {
    EXPECT_STREQ(error.what(), "a fault has no member statsu");
  }
}

TEST(Personalities, CanAllBeReadAndSayWhoTheyAre) {
  std::size_t count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(test::source_dir() / "tests/support/registry/personalities")) {
    EXPECT_FALSE(load_personality(entry.path().stem().string()).about.empty()) << entry.path();
    ++count;
  }
  EXPECT_EQ(count, 13);
}

TEST(Personalities, AMisspeltMemberIsAnError) {
  try {
    personality(R"({"authentification": "bearer"})");
    FAIL();
  } catch (const std::exception& error) {
    EXPECT_STREQ(error.what(), "a personality has no member authentification");
  }
}

TEST(ScriptedRegistry, StartsAndStopsQuickly) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) ScriptedRegistry registry;
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_LT(std::chrono::duration_cast<std::chrono::milliseconds>(took).count(),
            20 * 25);  // 1 ms each; room for a busy machine
}

TEST(ScriptedRegistry, TellsShellTestsWhatItWasAsked) {
  ScriptedRegistry registry;
  EXPECT_EQ(ask(registry.port(), "POST", "/_content", "", R"([{"repository": "a", "tag": "1", "name": "a"}])").status(),
            200);
  EXPECT_EQ(ask(registry.port(), "POST", "/_faults", "", R"([{"nonsense": 1}])").status(), 400);
  EXPECT_EQ(ask(registry.port(), "HEAD", "/v2/a/manifests/1").header("docker-content-digest"), registry.digest_of("a"));
  EXPECT_EQ(ask(registry.port(), "GET", "/_expand?text=%24%7Ba%7D").body(), registry.digest_of("a") + "\n");
  EXPECT_EQ(ask(registry.port(), "GET", "/_counters").body().substr(0, 39),
            R"({"requests":{"HEAD manifest 200":1},"to)");
  EXPECT_EQ(ask(registry.port(), "GET", "/_log").body(),
            "registry HEAD /v2/a/manifests/1 -> 200 (none, connection 3)\n");
}

}  // namespace
}  // namespace lock::test
