// Reads in two passes: `check` has refused every key and shape that is not in the vocabulary, so that what follows
// takes values as they are and judges only what they mean (a platform, a registry name, a glob that can match).
#include "lockfile/settings/settings.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "lockfile/settings/check.hpp"
#include "resolver/base/text.hpp"
#include "resolver/image/reference.hpp"

namespace lock::settings {
namespace {

namespace fs = std::filesystem;

std::string text_of(const toml::table& table, std::string_view key) {
  return std::string(table[key].value_or(std::string_view()));
}

class Reader {
 public:
  Reader(const tables::Source& source, const std::string& file, std::span<const std::string_view> checks)
      : source_(source), checks_(checks) {
    settings_.file = file;
    settings_.folder = fs::path(file).parent_path().generic_string();
  }

  void read(const toml::table& root) {
    if (const auto* platforms = root["platforms"].as_array()) read_platforms(*platforms);
    if (const auto* registries = root["registry"].as_table()) {
      for (auto&& [key, node] : *registries) read_registry(key, *node.as_table());
    }
    each(root, "collect", [this](const toml::table& table) { read_collect(table); });
    each(root, "enforce", [this](const toml::table& table) { read_enforce(table); });
    each(root, "first-party", [this](const toml::table& table) {
      settings_.first_party.push_back({image_globs(table), source_.place(table)});
    });
    each(root, "ignore", [this](const toml::table& table) { read_ignore(table); });
    each(root, "accept", [this](const toml::table& table) { read_accept(table); });
    if (const auto* signers = root["signer"].as_table()) {
      for (auto&& [key, node] : *signers) read_signer(key, *node.as_table());
    }
    each(root, "rule", [this](const toml::table& table) { read_rule(table); });
    if (const auto* checks = root["checks"].as_table()) {
      for (auto&& [key, node] : *checks) {
        settings_.checks.emplace(key.str(), CheckSeverity{severity_of(*node.value<std::string>()), source_.place(key)});
      }
    }
  }

  [[nodiscard]] Settings& settings() { return settings_; }
  [[nodiscard]] std::vector<Error>& errors() { return errors_; }

 private:
  template <typename Function>
  static void each(const toml::table& root, std::string_view name, const Function& function) {
    const auto* array = root[name].as_array();
    if (array == nullptr) return;
    for (const toml::node& node : *array) function(*node.as_table());
  }

  void report(const Place& place, std::string message, std::string hint = {}) {
    errors_.push_back(fail_at(ErrorKind::configuration, place, std::move(message), std::move(hint)).error());
  }

  static image::Severity severity_of(std::string_view word) {
    if (word == "error") return image::Severity::error;
    return word == "warning" ? image::Severity::warning : image::Severity::note;
  }

  void read_platforms(const toml::array& array) {
    for (const toml::node& node : array) {
      auto platform = image::Platform::parse(*node.value<std::string_view>());
      if (!platform) {
        report(source_.place(node), base::describe(platform.error()), "as in \"linux/arm64\" or \"linux/arm/v7\"");
        continue;
      }
      if (std::ranges::find(settings_.platforms, *platform) != settings_.platforms.end()) {
        report(source_.place(node), platform->text() + " stands here twice");
      }
      settings_.platforms.push_back(std::move(*platform));
    }
    std::ranges::sort(settings_.platforms, {}, &image::Platform::text);
  }

  void read_registry(const toml::key& key, const toml::table& table) {
    Registry registry;
    registry.name = key.str();
    registry.place = source_.place(key);
    const auto parsed = image::Reference::parse(registry.name + "/x");
    if (!parsed || parsed->repository().registry != registry.name) {
      const bool other = parsed && parsed->repository().registry != "docker.io";
      report(registry.place,
             "'" + base::harmless(registry.name, 80) + "' is not a registry as canonical references have it",
             other || registry.name.ends_with("docker.io") ? "write \"" + parsed->repository().registry + "\""
                                                           : "as in \"docker.io\" or \"localhost:5000\"");
    }
    if (const auto* mirrors = table["mirrors"].as_array()) {
      for (const toml::node& node : *mirrors) read_mirror(*node.as_table(), registry.mirrors);
    }
    registry.ca = path_of(table, "ca");
    registry.client_certificate = path_of(table, "client-certificate");
    registry.client_key = path_of(table, "client-key");
    registry.layout = path_of(table, "layout");
    registry.plain_http = table["plain-http"].value<bool>();
    registry.connections = table["connections"].value<int>();
    registry.streams = table["streams"].value<int>();
    registry.requests_per_second = table["requests-per-second"].value<int>();
    read_realm_host(table, registry);
    if (!registry.layout.empty() && table.size() > 1) {
      report(source_.place(*table.get("layout")),
             "a layout stands in for the registry, so nothing else can be said of it",
             "remove the other keys of this registry, or `layout`");
    }
    check_tls(table, registry);
    settings_.registries.emplace(registry.name, std::move(registry));
  }

  void check_tls(const toml::table& table, const Registry& registry) {
    for (const char* name : {"ca", "client-certificate", "client-key"}) {
      if (!table.contains(name) || registry.plain_http != true) continue;
      report(source_.place(*table.get(name)),
             "`plain-http` speaks without TLS, so `" + std::string(name) + "` would not be used");
    }
    if (table.contains("client-certificate") == table.contains("client-key")) return;
    const char* alone = table.contains("client-key") ? "client-key" : "client-certificate";
    report(source_.place(*table.get(alone)), "a client certificate and its key belong together",
           "name both, `client-certificate` and `client-key`");
  }

  void read_realm_host(const toml::table& table, Registry& registry) {
    if (!table.contains("realm-host")) return;
    registry.realm_host = text_of(table, "realm-host");
    const auto parsed = image::Reference::parse(registry.realm_host + "/x");
    if (parsed && parsed->repository().registry == registry.realm_host) return;
    report(source_.place(*table.get("realm-host")),
           "'" + base::harmless(registry.realm_host, 80) + "' is not host[:port]", "as in \"auth.example.com\"");
  }

  void read_mirror(const toml::table& table, std::vector<Mirror>& mirrors) {
    const std::string text = text_of(table, "host");
    const auto parsed = image::Reference::parse(text + "/x");
    const std::string_view host = std::string_view(text).substr(0, text.find('/'));
    if (!parsed || parsed->repository().registry != host) {
      report(source_.place(*table.get("host")), "'" + base::harmless(text, 80) + "' is not host[:port][/prefix]",
             text.find("://") != text.npos ? "leave out the scheme" : "as in \"mirror.example.com/hub\"");
      return;
    }
    const std::string& path = parsed->repository().path;
    mirrors.push_back({std::string(host), path == "x" ? std::string() : path.substr(0, path.size() - 2),
                       table["resolve"].value_or(false), table["authoritative"].value_or(false)});
  }

  // As written in images.toml -> relative to the root of the run.
  [[nodiscard]] std::string path_of(const toml::table& table, std::string_view key) const {
    const std::string text = text_of(table, key);
    if (text.empty()) return {};
    return (fs::path(settings_.folder) / text).lexically_normal().generic_string();
  }

  std::vector<std::string> file_globs(const toml::table& table) {
    std::vector<std::string> globs;
    if (const auto* array = table["files"].as_array()) {
      for (const toml::node& node : *array) {
        globs.emplace_back(*node.value<std::string_view>());
        const std::string& glob = globs.back();
        if (glob.starts_with('/') || glob.starts_with("./") || glob.starts_with("../")) {
          report(source_.place(node), "'" + base::harmless(glob, 80) + "' can match nothing",
                 "globs of files are relative to the folder of this file, as in \"deploy/**\"");
        } else if (glob.ends_with('/')) {
          report(source_.place(node), "'" + base::harmless(glob, 80) + "' can match nothing",
                 "write \"" + glob + "**\"");
        }
      }
    }
    return globs;
  }

  std::vector<std::string> image_globs(const toml::table& table) {
    std::vector<std::string> globs;
    if (const auto* array = table["images"].as_array()) {
      for (const toml::node& node : *array) {
        globs.emplace_back(*node.value<std::string_view>());
        check_image_glob(node, globs.back());
      }
    }
    return globs;
  }

  // A name without a star that is not canonical matches nothing, and whoever wrote `nginx` believes that it does.
  void check_image_glob(const toml::node& node, const std::string& glob) {
    if (glob.find_first_of("*?") != glob.npos) return;
    const auto parsed = image::Reference::parse(glob);
    if (!parsed) {
      report(source_.place(node), "not an image name: " + base::describe(parsed.error()));
    } else if (parsed->digest()) {
      report(source_.place(node), "globs of images see name and tag, no digest");
    } else if (const std::string name = parsed->repository().name(); !glob.starts_with(name)) {
      report(source_.place(node), "'" + glob + "' can match nothing: globs see canonical names",
             "write \"" + (glob.find(':', glob.rfind('/') + 1) == glob.npos ? name : parsed->canonical()) + "\"");
    }
  }

  void read_collect(const toml::table& table) {
    const Place place = source_.place(table);
    auto pattern =
        collect::Pattern::compile(text_of(table, "pattern"), place.file + ":" + std::to_string(place.position.line));
    std::vector<std::string> files = file_globs(table);
    if (!pattern) {
      report(source_.place(*table.get("pattern")), pattern.error().message, pattern.error().hint);
    } else {
      settings_.collect.push_back({std::move(files), std::move(*pattern), place});
    }
  }

  void read_enforce(const toml::table& table) {
    const std::string by = text_of(table, "by");
    const Enforcement enforcement = by == "apply"      ? Enforcement::apply
                                    : by == "rendered" ? Enforcement::rendered
                                                       : Enforcement::build_policy;
    settings_.enforce.push_back({file_globs(table), enforcement, source_.place(table)});
  }

  void read_ignore(const toml::table& table) {
    if (!table.contains("files") && !table.contains("images")) {
      report(source_.place(table), "[[ignore]] needs `files` or `images`");
    }
    settings_.ignore.push_back({file_globs(table), image_globs(table), text_of(table, "reason"), source_.place(table)});
  }

  void read_accept(const toml::table& table) {
    Accept accept;
    accept.check = text_of(table, "check");
    if (std::ranges::find(checks_, accept.check) == checks_.end()) {
      const auto near = base::near_name(accept.check, checks_);
      report(source_.place(*table.get("check")),
             "there is no check '" + base::harmless(accept.check, 80) + "' that can be accepted",
             near ? "did you mean '" + *near + "'?" : "lockfile/CHECKS.md lists the checks");
    }
    accept.files = file_globs(table);
    accept.images = image_globs(table);
    accept.reason = text_of(table, "reason");
    accept.place = source_.place(table);
    if (const auto date = table["until"].value<toml::date>()) {
      accept.until = std::chrono::sys_days(std::chrono::year(date->year) / date->month / date->day);
    }
    settings_.accept.push_back(std::move(accept));
  }

  void read_signer(const toml::key& key, const toml::table& table) {
    Signer signer;
    signer.name = key.str();
    signer.place = source_.place(key);
    const bool by_key = text_of(table, "kind") == "cosign-key";
    signer.pattern.kind = by_key ? image::Signer::Kind::cosign_key : image::Signer::Kind::sigstore;
    if (signer.name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") !=
        signer.name.npos) {
      report(signer.place, "the name of a signer is made of letters, digits, '.', '_' and '-'");
    }
    for (const std::string_view foreign :
         by_key ? std::vector<std::string_view>{"issuer", "subject"} : std::vector<std::string_view>{"key", "log"}) {
      if (const toml::node* node = table.get(foreign)) {
        report(source_.place(*node), "a signer of kind " + std::string(by_key ? "cosign-key" : "sigstore") +
                                         " has no `" + std::string(foreign) + "`");
      }
    }
    if (const toml::node* node = table.get("trusted-root")) signer.root_place = source_.place(*node);
    signer.trusted_root = path_of(table, "trusted-root");
    by_key ? read_key(table, signer) : read_identity(table, signer);
    settings_.signers.emplace(signer.name, std::move(signer));
  }

  void read_key(const toml::table& table, Signer& signer) {
    const toml::node* key = table.get("key");
    if (key == nullptr) return report(signer.place, "a signer of kind cosign-key needs `key`");
    signer.key_place = source_.place(*key);
    const std::string text = text_of(table, "key");
    (base::trim(text).starts_with("-----BEGIN") ? signer.key_pem : signer.key_file) = text;
    if (signer.key_pem.empty()) signer.key_file = path_of(table, "key");
    signer.pattern.require_log = table["log"].value_or(false);
  }

  // Issuer and subject are one name together: anybody may be `acme` somewhere.
  void read_identity(const toml::table& table, Signer& signer) {
    const toml::node* issuer = table.get("issuer");
    const toml::node* subject = table.get("subject");
    if (issuer == nullptr || subject == nullptr) {
      return report(signer.place, "a signer of kind sigstore needs `issuer` and `subject`",
                    "one without the other vouches for nobody");
    }
    signer.pattern.issuer = text_of(table, "issuer");
    signer.pattern.subject = text_of(table, "subject");
    signer.pattern.root = signer.trusted_root.empty() ? std::string(image::public_good_root)
                                                      : fs::path(signer.trusted_root).stem().string();
    if (signer.pattern.issuer.find('*') != std::string::npos) {
      report(source_.place(*issuer), "`issuer` is compared exactly, it is no glob");
    }
    const std::string& glob = signer.pattern.subject;
    if (glob.starts_with("**") || glob.find_first_not_of('*') == glob.npos) {
      report(source_.place(*subject), "this `subject` begins with stars that match anybody's host",
             "write out whom you trust, as in \"https://github.com/acme/*/.github/workflows/release.yml@refs/tags/*\"");
    }
  }

  std::vector<SignerName> signer_names(const toml::table& table, std::string_view key) {
    std::vector<SignerName> names;
    const auto* array = table[key].as_array();
    if (array == nullptr) return names;
    for (const toml::node& node : *array) {
      std::string name = *node.value<std::string>();
      if (std::ranges::find(names, name, &SignerName::name) != names.end()) {
        report(source_.place(node), "'" + base::harmless(name, 80) + "' stands here twice");
      }
      names.push_back({std::move(name), source_.place(node)});
    }
    return names;
  }

  void read_rule(const toml::table& table) {
    Rule rule{image_globs(table), signer_names(table, "signers"), signer_names(table, "any-of"), 1,
              source_.place(table)};
    if (rule.all_of.empty() && rule.any_of.empty()) report(rule.place, "[[rule]] needs `signers` or `any-of`");
    if (const toml::node* threshold = table.get("threshold")) {
      rule.threshold = static_cast<std::size_t>(threshold->value<std::int64_t>().value_or(1));
      if (rule.any_of.empty()) {
        report(source_.place(*threshold), "`threshold` counts signers of `any-of`, which is not here");
      } else if (rule.threshold > rule.any_of.size()) {
        report(source_.place(*threshold), "`threshold` asks for more signers than `any-of` names");
      }
    }
    settings_.rules.push_back(std::move(rule));
  }

  const tables::Source& source_;
  std::span<const std::string_view> checks_;
  Settings settings_;
  std::vector<Error> errors_;
};

std::unexpected<Error> first_of(std::vector<Error>& errors) {
  const auto first = std::ranges::min_element(errors, {}, [](const Error& error) { return error.place->position; });
  return std::unexpected(std::move(*first));
}

}  // namespace

std::string_view name_of(Enforcement enforcement) {
  switch (enforcement) {
    case Enforcement::apply: return "apply";
    case Enforcement::rendered: return "rendered";
    case Enforcement::build_policy: return "build-policy";
  }
  std::unreachable();
}

Result<Settings> read(std::string_view text, const std::string& file, std::span<const std::string_view> checks) {
  const tables::Source source(text, file);
  if (auto place = tables::find_conflict(source)) {
    return fail_at(ErrorKind::configuration, std::move(*place), "a conflict that git could not merge",
                   "merge it by hand and remove the markers");
  }
  const Result<toml::table> root = tables::parse(source);
  if (!root) return std::unexpected(root.error());
  std::vector<Error> errors = check(source, *root, checks);
  if (!errors.empty()) return first_of(errors);
  Reader reader(source, file, checks);
  reader.read(*root);
  if (!reader.errors().empty()) return first_of(reader.errors());
  return std::move(reader.settings());
}

}  // namespace lock::settings
