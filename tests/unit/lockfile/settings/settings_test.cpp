#include "lockfile/settings/settings.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tests/support/golden.hpp"

namespace lock::settings {
namespace {

constexpr auto kChecks = std::to_array<std::string_view>({"digest-gone", "tag-moved", "unresolved-reference"});

class SettingsCase : public ::testing::TestWithParam<std::string> {};

std::string list(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += " " + word;
  return text;
}

std::string names(const std::vector<SignerName>& signers) {
  std::string text;
  for (const SignerName& signer : signers) text += " " + signer.name;
  return text;
}

std::string at(const Place& place) {
  return " (" + place.file + ":" + std::to_string(place.position.line) + ":" + std::to_string(place.position.column) +
         ")\n";
}

std::string show(const Settings& settings) {
  std::string text = "folder '" + settings.folder + "'\n";
  for (const image::Platform& platform : settings.platforms) text += "platform " + platform.text() + "\n";
  for (const auto& [name, registry] : settings.registries) {
    text += "registry " + name + " ca '" + registry.ca + "' layout '" + registry.layout + "' plain-http " +
            (registry.plain_http ? (*registry.plain_http ? "yes" : "no") : "not said") + at(registry.place);
    if (!registry.client_certificate.empty()) {
      text += "  certificate " + registry.client_certificate + " key " + registry.client_key + "\n";
    }
    if (!registry.realm_host.empty()) text += "  tokens from " + registry.realm_host + " alone\n";
    const std::array<std::pair<const char*, std::optional<int>>, 3> limits{
        {{"connections", registry.connections},
         {"streams", registry.streams},
         {"requests a second", registry.requests_per_second}}};
    for (const auto& [what, limit] : limits) {
      if (limit) text += "  at most " + std::to_string(*limit) + " " + what + "\n";
    }
    for (const Mirror& mirror : registry.mirrors) {
      text += "  mirror " + mirror.host + " prefix '" + mirror.prefix + "'" + (mirror.resolve ? " resolve" : "") +
              (mirror.authoritative ? " authoritative" : "") + "\n";
    }
  }
  for (const Collect& rule : settings.collect) {
    text += "collect by " + rule.pattern.rule() + ":" + list(rule.files) + at(rule.place);
  }
  for (const Enforce& rule : settings.enforce) {
    text += "enforce by " + std::string(name_of(rule.by)) + ":" + list(rule.files) + at(rule.place);
  }
  for (const FirstParty& rule : settings.first_party) text += "first-party:" + list(rule.images) + at(rule.place);
  for (const Ignore& rule : settings.ignore) {
    text += "ignore files:" + list(rule.files) + " images:" + list(rule.images) + " because " + rule.reason +
            at(rule.place);
  }
  for (const Accept& rule : settings.accept) {
    text += "accept " + rule.check + " files:" + list(rule.files) + " images:" + list(rule.images) + " because " +
            rule.reason;
    if (rule.until) text += ", until day " + std::to_string(rule.until->time_since_epoch().count());
    text += at(rule.place);
  }
  for (const auto& [name, signer] : settings.signers) {
    const image::SignerPattern& pattern = signer.pattern;
    text += "signer " + name + " " + std::string(image::name_of(pattern.kind)) + " root '" + pattern.root +
            "' issuer '" + pattern.issuer + "' subject '" + pattern.subject + "' key file '" + signer.key_file + "'" +
            (signer.key_pem.empty() ? "" : " inline key") + (pattern.require_log ? " in a log" : "") +
            " trusted root '" + signer.trusted_root + "'" + at(signer.place);
  }
  for (const Rule& rule : settings.rules) {
    text += "rule images:" + list(rule.images) + " all of:" + names(rule.all_of) + " any of:" + names(rule.any_of) +
            " threshold " + std::to_string(rule.threshold) + at(rule.place);
  }
  for (const auto& [id, check] : settings.checks) {
    text += "check " + id + " " + std::to_string(static_cast<int>(check.severity)) + at(check.place);
  }
  return text;
}

TEST_P(SettingsCase, Reads) {
  const auto folder = test::case_folder("settings", GetParam());
  const auto settings = read(test::read_text(folder / "images.toml"), "team/images.toml", kChecks);
  test::expect_golden(folder / "expected", settings ? show(*settings) : test::show(settings.error()));
}

INSTANTIATE_TEST_SUITE_P(Cases, SettingsCase, ::testing::ValuesIn(test::case_names("settings")), test::case_title);

}  // namespace
}  // namespace lock::settings
