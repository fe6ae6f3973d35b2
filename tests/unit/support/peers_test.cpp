#include "tests/support/registry/peers.hpp"

#include <curl/curl.h>
#include <gtest/gtest.h>

#include "tests/support/registry/delay_proxy.hpp"
#include "tests/support/registry/raw_client.hpp"
#include "tests/support/registry/scripted_registry.hpp"

namespace lock::test {
namespace {

std::size_t append(char* bytes, std::size_t, std::size_t count, void* to) {
  static_cast<std::string*>(to)->append(bytes, count);
  return count;
}

struct Fetched {
  CURLcode code = CURLE_OK;
  long status = 0;
  long version = 0;
  std::string body;
};

Fetched fetch(const std::string& url, const Authority& authority, const std::string& user = {}) {
  CURL* handle = curl_easy_init();
  std::string certificate = authority.certificate();
  curl_blob blob{.data = certificate.data(), .len = certificate.size(), .flags = CURL_BLOB_COPY};
  Fetched fetched;
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_CAINFO_BLOB, &blob);
  curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT, 10L);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &fetched.body);
  if (!user.empty()) curl_easy_setopt(handle, CURLOPT_USERPWD, user.c_str());
  fetched.code = curl_easy_perform(handle);
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &fetched.status);
  curl_easy_getinfo(handle, CURLINFO_HTTP_VERSION, &fetched.version);
  curl_easy_cleanup(handle);
  return fetched;
}

TEST(ScriptedRegistryTls, SpeaksTlsWithAnAuthorityMadeAtRunTime) {
  const Authority authority;
  ScriptedRegistry registry({.identity = authority.issue_for_loopback()});
  const Fetched good = fetch(registry.url() + "/v2/", authority);
  EXPECT_EQ(good.code, CURLE_OK) << curl_easy_strerror(good.code);
  EXPECT_EQ(good.body, "{}");
  EXPECT_EQ(fetch(registry.url("other") + "/v2/", authority).status, 200);
  EXPECT_EQ(fetch(registry.url() + "/v2/", Authority("another")).code, CURLE_PEER_FAILED_VERIFICATION);
}

TEST(ScriptedRegistryTls, RefusesClientsWithoutACertificate) {
  const Authority authority;
  ScriptedRegistry registry({.identity = authority.issue_for_loopback(), .client_authority = authority.certificate()});
  EXPECT_NE(fetch(registry.url() + "/v2/", authority).code, CURLE_OK);
}

TEST(Http2Front, PutsHttp2BeforeTheScriptedRegistry) {
  if (const auto why = missing("nghttpx")) GTEST_SKIP() << *why;
  const Authority authority;
  ScriptedRegistry registry;
  registry.change([](Content& content) { content.add_image("acme/app", {.tag = "1", .name = "app"}); });
  const Http2Front front(registry.port(), authority.issue_for_loopback());
  const std::string url = "https://127.0.0.1:" + std::to_string(front.port());
  const Fetched manifest = fetch(url + "/v2/acme/app/manifests/1", authority);
  EXPECT_EQ(manifest.code, CURLE_OK) << curl_easy_strerror(manifest.code) << front.log();
  EXPECT_EQ(manifest.version, CURL_HTTP_VERSION_2_0);
  EXPECT_EQ(digest_text(manifest.body), registry.digest_of("app"));
}

TEST(DockerRegistry, StartsPlainAndWithTlsAndPasswords) {
  if (const auto why = missing("docker-registry")) GTEST_SKIP() << *why;
  const DockerRegistry plain;
  EXPECT_EQ(ask(plain.port(), "GET", "/v2/").body(), "{}");
  const Authority authority;
  const DockerRegistry guarded({.identity = authority.issue_for_loopback(), .user = "ann", .password = "secret"});
  const std::string url = "https://" + guarded.host() + "/v2/";
  EXPECT_EQ(fetch(url, authority).status, 401);
  const Fetched good = fetch(url, authority, "ann:secret");
  EXPECT_EQ(good.status, 200) << guarded.log();
  EXPECT_EQ(good.version, CURL_HTTP_VERSION_2_0);
}

TEST(DelayProxy, AddsTheRoundTripAndOneMoreForTheFirst) {
  ScriptedRegistry registry;
  const DelayProxy proxy(registry.port(), std::chrono::milliseconds(40));
  const std::string request = "GET /v2/ HTTP/1.1\r\n\r\n";
  const std::size_t size = exchange(registry.port(), request, std::chrono::milliseconds(50)).bytes.size();
  const RawAnswer one = exchange(proxy.port(), request, std::chrono::seconds(3), size);
  EXPECT_GE(one.took.count(), 80);
  EXPECT_LT(one.took.count(), 300);
  // Two requests at once on one connection: no further round trip.
  const RawAnswer two = exchange(proxy.port(), request + request, std::chrono::seconds(3), 2 * size);
  EXPECT_EQ(two.bytes.size(), 2 * size);
  EXPECT_LT(two.took.count(), 300);
  EXPECT_EQ(proxy.connections(), 2);
}

TEST(DelayProxy, KeepsEveryByteOfALargeAnswer) {
  ScriptedRegistry registry;
  std::string digest;
  registry.change([&](Content& content) {
    Bytes bytes;
    for (int i = 0; bytes.size() < (std::size_t{6} << 20); ++i) bytes += std::to_string(i) + "\n";
    digest = content.add_blob("a", bytes);
  });
  const DelayProxy proxy(registry.port(), std::chrono::milliseconds(2));
  const std::string request = "GET /v2/a/blobs/" + digest + " HTTP/1.1\r\n\r\n";
  const RawAnswer direct = ask(registry.port(), "GET", "/v2/a/blobs/" + digest);
  const RawAnswer far = exchange(proxy.port(), request, std::chrono::seconds(10), direct.bytes.size());
  EXPECT_EQ(digest_text(far.body()), digest);
}

}  // namespace
}  // namespace lock::test
