// Credential files, keys and their order; proxies and where a registry's API lies.
#include <gtest/gtest.h>

#include "resolver/registry/configuration.hpp"
#include "resolver/registry/credentials.hpp"

namespace lock::registry {
namespace {

// printf 'ann:secret' | base64
constexpr std::string_view ann = R"({"auth":"YW5uOnNlY3JldA=="})";

std::string user_for(const CredentialFile& file, std::string_view registry, std::string_view path) {
  const Credential* found = find_entry(file, registry, path);
  return found == nullptr ? "anonymous" : found->source;
}

CredentialFile file_of(std::vector<std::string_view> keys, KeyStyle style) {
  std::string text = R"({"auths":{)";
  for (const std::string_view key : keys) {
    if (!text.ends_with('{')) text += ',';
    text.append("\"").append(key).append("\":").append(ann);
  }
  return *parse_credential_file(text + "}}", "f", style);
}

TEST(RegistryCredentials, DockersKeys) {
  const CredentialFile file =
      file_of({"https://index.docker.io/v1/", "ghcr.io", "https://quay.io/v2/", "reg.test:5000"}, KeyStyle::docker);
  EXPECT_EQ(user_for(file, "docker.io", "library/nginx"), "f, auths \"https://index.docker.io/v1/\"");
  EXPECT_EQ(user_for(file, "ghcr.io", "a/b"), "f, auths \"ghcr.io\"");
  EXPECT_EQ(user_for(file, "quay.io", "a/b"), "f, auths \"https://quay.io/v2/\"");
  EXPECT_EQ(user_for(file, "reg.test:5000", "a"), "f, auths \"reg.test:5000\"");
  for (const std::string_view host :
       {"reg.test", "reg.test:5001", "ghcr.io.evil.test", "xghcr.io", "hcr.io", "ghrc.io"}) {
    EXPECT_EQ(user_for(file, host, "a/b"), "anonymous") << host;
  }
}

TEST(RegistryCredentials, PodmansKeysAreTheMostSpecificFirst) {
  const CredentialFile file =
      file_of({"reg.test", "reg.test/acme", "reg.test/acme/app", "docker.io/acme"}, KeyStyle::podman);
  EXPECT_EQ(user_for(file, "reg.test", "acme/app"), "f, auths \"reg.test/acme/app\"");
  EXPECT_EQ(user_for(file, "reg.test", "acme/app2"), "f, auths \"reg.test/acme\"");
  EXPECT_EQ(user_for(file, "reg.test", "acmecorp/app"), "f, auths \"reg.test\"");
  EXPECT_EQ(user_for(file, "docker.io", "acme/x"), "f, auths \"docker.io/acme\"");
  EXPECT_EQ(user_for(file, "docker.io", "other/x"), "anonymous");
  EXPECT_EQ(user_for(file_of({"reg.test/acme"}, KeyStyle::podman), "reg.test", "other"), "anonymous");
}

TEST(RegistryCredentials, NearMissesAreTold) {
  for (const char* key : {"reg.test", "reg.test:443", "https://reg.test/v2/", "reg.test:5000/acme", "reg.tset:5000",
                          "registry.reg.test:5000"})
    EXPECT_EQ(is_near_miss(key, "reg.test:5000"), std::string_view(key) != "registry.reg.test:5000") << key;
  EXPECT_TRUE(is_near_miss("127.0.0.1", "127.0.0.1:5000"));
  EXPECT_FALSE(is_near_miss("127.0.0.2:5000", "127.0.0.1:5000"));
  EXPECT_TRUE(is_near_miss("[::1]", "[::1]:5000"));
  EXPECT_FALSE(is_near_miss("[::2]", "[::1]"));
  EXPECT_FALSE(is_near_miss("docker.io", "quay.io"));
}

TEST(RegistryCredentials, EntriesInEverySpelling) {
  const auto file = *parse_credential_file(R"({"auths":{
      "a.test":{"username":"u","password":"p"},
      "b.test":{"auth":"YW5uOnM6ZTpj"},
      "c.test":{"identitytoken":"t"},
      "d.test":{"registrytoken":"r"},
      "e.test":{},
      "g.test":{"auth":"YW5uOnNlY3JldA"}},
      "credHelpers":{"h.test":"ecr-login","*.i.test":"x"},"credsStore":"desktop","HttpHeaders":{"a":"b"}})",
                                           "f", KeyStyle::docker);
  EXPECT_EQ(file.auths.at("a.test").password.reveal(), "p");
  EXPECT_EQ(file.auths.at("b.test").password.reveal(), "s:e:c");
  EXPECT_EQ(file.auths.at("c.test").identity_token.reveal(), "t");
  EXPECT_EQ(file.auths.at("d.test").bearer_token.reveal(), "r");
  EXPECT_FALSE(file.auths.contains("e.test"));
  EXPECT_EQ(file.auths.at("g.test").username, "ann");
  EXPECT_EQ(file.store, "desktop");
  EXPECT_EQ(find_helper(file, "h.test")->helper, "ecr-login");
  EXPECT_EQ(find_helper(file, "j.i.test"), std::nullopt);
}

TEST(RegistryCredentials, BrokenFilesSayWhere) {
  const auto problem = [](std::string_view text) {
    const auto file = parse_credential_file(text, "config.json", KeyStyle::docker);
    return std::string(base::name_of(file.error().kind)) + ": " + describe(file.error());
  };
  EXPECT_EQ(problem("[]"), "configuration: config.json: is not a JSON object");
  const Error error = parse_credential_file("{\n  \"auths\": }", "config.json", KeyStyle::docker).error();
  EXPECT_EQ(error.kind, ErrorKind::configuration);
  ASSERT_TRUE(error.place);
  EXPECT_EQ(error.place->file, "config.json");
  EXPECT_EQ(error.place->position.line, 2U);
}

// An entry that is wrong in itself spoils no other.
TEST(RegistryCredentials, BrokenEntriesKeepTheirDefect) {
  const auto file = parse_credential_file(
      R"({"auths":{"a":{"auth":"%%%"},"b":7,"c":{"auth":"YW5uOnNlY3JldA=="}},"credHelpers":{"d":7}})", "config.json",
      KeyStyle::docker);
  ASSERT_TRUE(file);
  const std::string entry = "config.json: the entry \"";
  EXPECT_EQ(find_entry(*file, "a", "x")->defect, entry + "a\" has an `auth` that is not base64 of user:password");
  EXPECT_EQ(find_entry(*file, "b", "x")->defect, entry + "b\" is not an object");
  EXPECT_EQ(find_entry(*file, "c", "x")->defect, "");
  EXPECT_EQ(find_entry(*file, "c", "x")->username, "ann");
  EXPECT_EQ(find_helper(*file, "d")->helper, "");
}

TEST(RegistryCredentials, VariablesNameOneHostEach) {
  EXPECT_EQ(variable_suffix("ghcr.io"), "GHCR_IO");
  EXPECT_EQ(variable_suffix("my-reg.test:5000"), "MY__REG_TEST___5000");
  EXPECT_NE(variable_suffix("a-b.test"), variable_suffix("a.b.test"));
  EXPECT_EQ(variable_suffix("[::1]:5000"), "");
  const auto credential =
      credential_of_environment({{"LOCK_USERNAME_GHCR_IO", "u"}, {"LOCK_PASSWORD_GHCR_IO", "p"}}, "ghcr.io");
  EXPECT_EQ(credential->username, "u");
  EXPECT_EQ(credential_of_environment({{"LOCK_USERNAME_GHCR_IO", "u"}}, "ghcr.io"), std::nullopt);
}

TEST(RegistryCredentials, PlacesInOrder) {
  const auto places = [](const ProcessEnvironment& environment) {
    std::string text;
    for (const CredentialPlace& place : credential_places(environment, 7)) text += place.path.string() + "\n";
    return text;
  };
  EXPECT_EQ(places({{"HOME", "/h"}}),
            "/h/.docker/config.json\n/run/containers/7/auth.json\n/h/.config/containers/auth.json\n/h/.dockercfg\n");
  EXPECT_EQ(places({{"HOME", "/h"}, {"DOCKER_CONFIG", "/d"}, {"XDG_RUNTIME_DIR", "/r"}, {"XDG_CONFIG_HOME", "/x"}}),
            "/d/config.json\n/r/containers/auth.json\n/x/containers/auth.json\n/h/.dockercfg\n");
  EXPECT_EQ(places({{"HOME", "/h"}, {"REGISTRY_AUTH_FILE", "/a.json"}}), "/h/.docker/config.json\n/a.json\n");
  EXPECT_EQ(places({}), "/run/containers/7/auth.json\n");
}

TEST(RegistryConfiguration, WhereTheApiLies) {
  RegistryConfiguration configuration;
  configuration.system_certificate_folders.clear();
  configuration.registries["plain.test"].plain_http = true;
  configuration.registries["localhost:5001"].plain_http = false;
  const auto base = [&](const std::string& registry) { return base_url_of(configuration, registry)->text(); };
  EXPECT_EQ(base("docker.io"), "https://registry-1.docker.io/");
  EXPECT_EQ(base("ghcr.io"), "https://ghcr.io/");
  EXPECT_EQ(base("10.0.0.1:5000"), "https://10.0.0.1:5000/");
  EXPECT_EQ(base("localhost:5000"), "http://localhost:5000/");
  EXPECT_EQ(base("[::1]:5000"), "http://[::1]:5000/");
  EXPECT_EQ(base("localhost:5001"), "https://localhost:5001/");
  EXPECT_EQ(base("plain.test"), "http://plain.test/");
}

TEST(RegistryConfiguration, ProxiesAndTheirExceptions) {
  const auto proxy = [](ProcessEnvironment environment, std::string_view url) {
    environment.emplace("HTTPS_PROXY", "http://proxy.test:3128");
    return proxy_for(environment, *Url::parse(url));
  };
  EXPECT_EQ(proxy({}, "https://ghcr.io/"), "http://proxy.test:3128");
  EXPECT_EQ(proxy({{"https_proxy", "http://other.test"}}, "https://ghcr.io/"), "http://other.test");
  EXPECT_EQ(proxy({}, "http://ghcr.io/"), "");
  EXPECT_EQ(proxy({{"HTTP_PROXY", "http://evil.test"}}, "http://ghcr.io/"), "");
  EXPECT_EQ(proxy({{"ALL_PROXY", "http://all.test"}}, "http://ghcr.io/"), "http://all.test");
  EXPECT_EQ(proxy({}, "https://localhost:5000/"), "");
  EXPECT_EQ(proxy({}, "https://127.0.0.1/"), "");
  for (const std::string exceptions :
       {"*", "ghcr.io", ".ghcr.io,x", "x ghcr.io", "GHCR.IO", "*.io", "ghcr.io:443", "io"}) {
    EXPECT_EQ(proxy({{"NO_PROXY", exceptions}}, "https://ghcr.io/"), "") << exceptions;
  }
  for (const std::string exceptions : {"hcr.io", "ghcr.io:80", "xghcr.io", "ghcr.io.test", "10.0.0.0/8"}) {
    EXPECT_EQ(proxy({{"no_proxy", exceptions}}, "https://ghcr.io/"), "http://proxy.test:3128") << exceptions;
  }
  EXPECT_EQ(proxy({{"NO_PROXY", "10.0.0.0/8"}}, "https://10.9.8.7:5000/"), "");
  EXPECT_EQ(proxy({{"NO_PROXY", "10.0.0.0/8"}}, "https://11.9.8.7/"), "http://proxy.test:3128");
  EXPECT_EQ(proxy({{"NO_PROXY", "fd00::/8"}}, "https://[fd12::1]/"), "");
}

}  // namespace
}  // namespace lock::registry
