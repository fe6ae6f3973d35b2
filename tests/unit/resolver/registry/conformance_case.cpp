#include "tests/unit/resolver/registry/conformance_case.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <stdexcept>

#include "resolver/base/encoding.hpp"

namespace lock::test {
namespace {

namespace json = boost::json;

// 2026-01-01T00:00:00Z: the client's clock in every case.
constexpr std::int64_t case_time = 1'767'225'600;

const json::object& member_object(const json::object& object, std::string_view name) {
  static const json::object none;
  const json::value* value = object.if_contains(name);
  return value == nullptr ? none : value->as_object();
}

const json::array& member_array(const json::object& object, std::string_view name) {
  static const json::array none;
  const json::value* value = object.if_contains(name);
  return value == nullptr ? none : value->as_array();
}

std::int64_t number_or(const json::object& object, std::string_view name, std::int64_t otherwise) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? otherwise : value->as_int64();
}

bool flag(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->as_bool();
}

std::string string_or(const json::object& object, std::string_view name, std::string otherwise = {}) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? std::move(otherwise) : std::string(value->as_string());
}

void check_members(const json::object& object, std::initializer_list<std::string_view> known, std::string_view what) {
  for (const auto& [name, value] : object) {
    if (std::ranges::find(known, std::string_view(name)) == known.end()) {
      throw std::runtime_error(std::string(what) + " has no member " + std::string(name));
    }
  }
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// The entries of a referrers list that nobody would sign.
std::string many_referrers() {
  static const std::string entries = [] {
    std::string out;
    for (int i = 0; i < 5'000; ++i) {
      out += std::string(i == 0 ? "" : ",") +
             R"({"mediaType":"application/vnd.oci.image.manifest.v1+json","size":7,"digest":")" +
             digest_text(std::to_string(i)) + "\"}";
    }
    return out;
  }();
  return entries;
}

}  // namespace

std::optional<std::string> ConformanceCase::skip_reason(const std::filesystem::path& case_file) {
  const json::value text = load_json(case_file.string());
  for (const auto& [name, description] : member_object(text.as_object(), "registries")) {
    if (flag(description.as_object(), "http2")) return missing("nghttpx");
  }
  return std::nullopt;
}

ConformanceCase::ConformanceCase(const std::filesystem::path& case_file, std::filesystem::path scratch)
    : scratch_(std::move(scratch)) {
  const json::value text = load_json(case_file.string());
  const json::object& all = text.as_object();
  check_members(all, {"shows", "topic", "registries", "client", "steps", "program"}, "a case");
  client_ = member_object(all, "client");
  steps_ = member_array(all, "steps");
  if (all.contains("program")) program_ = member_array(all, "program");
  if (all.contains("registries")) {
    for (const auto& [name, description] : all.at("registries").as_object()) {
      start(std::string(name), description.as_object());
    }
  }
  for (const auto& [name, one] : registries_) {  // each may speak of the others
    for (const auto& [other_name, other] : registries_) {
      for (const char* door : {"registry", "token", "other"}) {
        const std::string suffix = std::string_view(door) == "registry" ? "" : "." + std::string(door);
        one->define(other_name + suffix, other->host(door));
      }
    }
    one->define("many-referrers", many_referrers());
  }
  write_files(client_);
}

void ConformanceCase::start(const std::string& name, const json::object& description) {
  check_members(description,
                {"personality", "with", "content", "faults", "tls", "client-certificates", "address", "http2", "deaf"},
                "a registry");
  RegistryOptions options{.address = string_or(description, "address", "127.0.0.1")};
  if (description.contains("deaf")) {
    options.deaf = string_or(description, "deaf") == "connections" ? Door::Deaf::to_connections : Door::Deaf::to_bytes;
  }
  if (description.contains("personality"))
    options.personality = load_personality(string_or(description, "personality"));
  options.personality = read_personality(member_object(description, "with"), std::move(options.personality));
  options.faults = read_faults(member_array(description, "faults"));
  tls_[name] = flag(description, "tls") || flag(description, "client-certificates");
  if (tls_[name]) options.identity = authority_.issue_for_loopback();
  if (flag(description, "client-certificates")) options.client_authority = authority_.certificate();
  auto started = std::make_unique<ScriptedRegistry>(std::move(options));
  started->change([&](Content& content) { content.describe(member_array(description, "content")); });
  if (flag(description, "http2")) {
    // The proxy adds no delay here: it counts the connections that nghttpx does not tell.
    fronts_[name] = std::make_unique<Http2Front>(started->port(), authority_.issue_for_loopback());
    proxies_[name] = std::make_unique<DelayProxy>(fronts_[name]->port(), std::chrono::microseconds(0));
    started->announce("registry", "127.0.0.1:" + std::to_string(proxies_[name]->port()), "https");
    tls_[name] = true;
  }
  registries_[name] = std::move(started);
}

void ConformanceCase::write_files(const json::object& client) {
  check_members(client,
                {"docker-config", "auth-file", "files", "helpers", "environment", "settings", "cache", "tag-life",
                 "offline", "request-deadline-ms", "connect-ms", "tls-ms", "tokens-renewed-early-s", "silence-s",
                 "attempts", "trust", "run-deadline-ms", "addresses"},
                "a client");
  std::filesystem::create_directories(scratch_ / "home");
  std::filesystem::create_directories(scratch_ / "bin");
  write_text(scratch_ / "ca.pem", authority_.certificate());
  write_text(scratch_ / "client.cert", client_identity_.certificate);
  write_text(scratch_ / "client.key", client_identity_.key);
  const auto write_json = [&](std::string_view member, const std::filesystem::path& path) {
    if (!client.contains(member)) return;
    const json::value& value = client.at(member);
    std::filesystem::create_directories(path.parent_path());
    write_text(path, expand(value.is_string() ? std::string(value.as_string()) : json::serialize(value)));
  };
  write_json("docker-config", scratch_ / "docker" / "config.json");
  write_json("auth-file", scratch_ / "auth.json");
  for (const auto& [path, text] : member_object(client, "files")) {
    const std::filesystem::path file = scratch_ / expand(path);
    std::filesystem::create_directories(file.parent_path());
    write_text(file, expand(std::string(text.as_string())));
  }
  for (const auto& [name, script] : member_object(client, "helpers")) {
    const auto file = scratch_ / "bin" / ("docker-credential-" + std::string(name));
    write_text(file, "#!/bin/sh\n" + expand(std::string(script.as_string())) + "\n");
    chmod(file.c_str(), 0700);
  }
}

registry::RegistryConfiguration ConformanceCase::client() const {
  registry::RegistryConfiguration configuration;
  configuration.environment["HOME"] = (scratch_ / "home").string();
  configuration.environment["XDG_RUNTIME_DIR"] = (scratch_ / "run").string();
  if (client_.contains("docker-config")) configuration.environment["DOCKER_CONFIG"] = (scratch_ / "docker").string();
  if (client_.contains("auth-file"))
    configuration.environment["REGISTRY_AUTH_FILE"] = (scratch_ / "auth.json").string();
  for (const auto& [name, value] : member_object(client_, "environment")) {
    configuration.environment[expand(name)] = expand(std::string(value.as_string()));
  }
  for (const auto& [name, one] : registries_) {
    if (!tls_.at(name)) continue;
    for (const char* door : {"registry", "token", "other"}) {
      registry::RegistrySettings& settings = configuration.registries[one->host(door)];
      settings.plain_http = false;
      if (!client_.contains("trust") || flag(client_, "trust")) settings.ca_file = (scratch_ / "ca.pem").string();
    }
  }
  for (const auto& [host, description] : member_object(client_, "settings")) {
    const json::object& wanted = description.as_object();
    check_members(wanted, {"plain-http", "realm-host", "mirrors", "client-certificate", "requests-per-second", "ca"},
                  "settings");
    registry::RegistrySettings& settings = configuration.registries[expand(host)];
    if (wanted.contains("plain-http")) settings.plain_http = flag(wanted, "plain-http");
    if (wanted.contains("ca")) settings.ca_file = expand(string_or(wanted, "ca"));
    settings.realm_host = expand(string_or(wanted, "realm-host"));
    if (flag(wanted, "client-certificate")) {
      settings.certificate_file = (scratch_ / "client.cert").string();
      settings.key_file = (scratch_ / "client.key").string();
    }
    for (const json::value& mirror : member_array(wanted, "mirrors")) {
      const json::object& object = mirror.as_object();
      settings.mirrors.push_back({.host = expand(string_or(object, "host")),
                                  .prefix = string_or(object, "prefix"),
                                  .resolve = flag(object, "resolve"),
                                  .authoritative = flag(object, "authoritative")});
    }
  }
  if (flag(client_, "cache")) configuration.cache = scratch_ / "cache";
  configuration.tag_life = std::chrono::seconds(number_or(client_, "tag-life", 0));
  configuration.offline = flag(client_, "offline");
  configuration.system_certificate_folders = {scratch_ / "certs.d"};
  configuration.request_deadline = std::chrono::milliseconds(number_or(client_, "request-deadline-ms", 5'000));
  configuration.tokens_renewed_early = std::chrono::seconds(number_or(client_, "tokens-renewed-early-s", 5));
  configuration.http.connect = std::chrono::milliseconds(number_or(client_, "connect-ms", 5'000));
  configuration.http.tls = std::chrono::milliseconds(number_or(client_, "tls-ms", 10'000));
  configuration.http.silence = std::chrono::seconds(number_or(client_, "silence-s", 15));
  if (client_.contains("run-deadline-ms")) {
    configuration.http.run_deadline =
        registry::Clock::now() + std::chrono::milliseconds(number_or(client_, "run-deadline-ms", 0));
  }
  for (const auto& [host, address] : member_object(client_, "addresses")) {
    configuration.http.addresses.emplace(std::string(host), std::string(address.as_string()));
  }
  configuration.retry.attempts = static_cast<int>(number_or(client_, "attempts", 3));
  configuration.retry.first_wait = std::chrono::milliseconds(2);
  configuration.retry.longest_wait = std::chrono::milliseconds(8);
  configuration.helper_deadline = std::chrono::milliseconds(2'000);
  configuration.now = [] { return case_time; };
  return configuration;
}

ScriptedRegistry& ConformanceCase::registry(std::string_view name) const {
  const auto found = registries_.find(std::string(name));
  if (found == registries_.end()) throw std::runtime_error("the case has no registry " + std::string(name));
  return *found->second;
}

std::string ConformanceCase::expand(std::string_view text) const {
  std::string out = expand_with(text, [&](std::string_view key) -> std::optional<std::string> {
    if (key == "folder") return scratch_.string();
    if (key == "ca") return authority_.certificate();
    if (key == "client-certificate") return client_identity_.certificate;
    if (key == "client-key") return client_identity_.key;
    const std::size_t dot = key.rfind('.');
    const std::string_view door = dot == std::string_view::npos ? "registry" : key.substr(dot + 1);
    const auto found = registries_.find(std::string(key.substr(0, dot)));
    const bool is_door = door == "registry" || door == "token" || door == "other";
    if (found != registries_.end() && is_door) return found->second->host(door);
    // Of a host, as in LOCK_PASSWORD_127_0_0_1___5000.
    if (key.starts_with("variable:")) {
      std::string host = registry(key.substr(9)).host();
      replace_all(host, ".", "_");
      replace_all(host, ":", "___");
      return host;
    }
    return std::nullopt;
  });
  for (const auto& [name, one] : registries_) out = one->expand(out);
  return expand_with(out, [&](std::string_view key) -> std::optional<std::string> {
    if (key.starts_with("base64:")) return base::to_base64(expand(key.substr(7)));
    if (key.starts_with("x:")) {  // ${x:1000} is a thousand letters
      return std::string(static_cast<std::size_t>(std::stoul(std::string(key.substr(2)))), 'x');
    }
    return std::nullopt;
  });
}

std::vector<std::string> ConformanceCase::texts_of(const json::object& step, std::string_view question) const {
  std::vector<std::string> texts;
  for (std::int64_t i = 1; i <= number_or(step, "many", 1); ++i) {
    for (const json::value& text : member_array(step, question)) {
      std::string one = expand(std::string(text.as_string()));
      if (const std::size_t at = one.find('#'); at != std::string::npos) one.replace(at, 1, std::to_string(i));
      texts.push_back(std::move(one));
    }
  }
  return texts;
}

std::vector<std::string> ConformanceCase::images() const {
  std::vector<std::string> all;
  for (const json::value& step : steps_) {
    for (const char* question : {"resolve", "manifests", "presence", "referrers"}) {
      for (std::string& text : texts_of(step.as_object(), question)) all.push_back(std::move(text));
    }
  }
  return all;
}

std::string ConformanceCase::name_again(std::string text) const {
  for (const auto& [name, one] : registries_) {
    for (const char* door : {"token", "other", "registry"}) {
      const std::string placeholder = name + (std::string_view(door) == "registry" ? "" : "." + std::string(door));
      const std::string host = one->host(door);
      std::string encoded = host;
      replace_all(encoded, ":", "%3A");
      std::string as_variable = host;
      replace_all(as_variable, ".", "_");
      replace_all(as_variable, ":", "___");
      for (const std::string& spelling : {host, encoded, as_variable}) replace_all(text, spelling, placeholder);
    }
    one->change([&](Content& content) {
      for (const auto& [known, digest] : content.names()) replace_all(text, digest, "${" + known + "}");
      for (const auto& [known, digest] : content.names()) {
        const std::string hex = digest.substr(digest.find(':') + 1);
        replace_all(text, hex, "${" + known + ".hex}");
        replace_all(text, digest.substr(0, 19), "${" + known + ".short}");
      }
    });
  }
  replace_all(text, scratch_.string(), "${folder}");
  return text;
}

void ConformanceCase::change_content(const json::object& changes) {
  for (const auto& [name, entries] : changes) {
    registry(name).change([&](Content& content) { content.describe(entries.as_array()); });
  }
}

void ConformanceCase::spoil_cache() const {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(scratch_ / "cache")) {
    if (entry.is_regular_file()) write_text(entry.path(), "poison");
  }
}

void ConformanceCase::change_faults(const json::object& changes) {
  for (const auto& [name, faults] : changes) registry(name).set_faults(read_faults(faults.as_array()));
}

std::string ConformanceCase::asked() {
  std::map<std::string, std::size_t> counts;
  for (const auto& [name, one] : registries_) {
    for (const LogEntry& entry : one->log()) {
      std::string line = name + (entry.door == "registry" ? "" : "." + entry.door) + " " + entry.method + " " +
                         (show_targets_ ? entry.target : entry.kind) + " " + std::to_string(entry.status);
      // The number of a token depends on the order of questions; that there was one does not.
      const bool token = entry.authorization.starts_with("bearer") && entry.authorization != "bearer ?";
      line += ", " + (token ? "bearer" : entry.authorization);
      if (!entry.scope.empty() && !show_targets_) line += ", scope " + entry.scope;
      ++counts[line];
    }
    one->forget();
  }
  std::string out;
  for (const auto& [line, count] : counts) out += "  " + std::to_string(count) + " x " + line + "\n";
  return out.empty() ? "  nothing\n" : out;
}

std::string ConformanceCase::connections() const {
  std::string out;
  for (const auto& [name, one] : registries_) {
    if (const auto proxy = proxies_.find(name); proxy != proxies_.end()) {
      out += "  " + std::to_string(proxy->second->connections()) + " to " + name + ", over HTTP/2\n";
      continue;
    }
    for (const auto& [door, count] : one->counters().connections) {
      out += "  " + std::to_string(count) + " to " + name + (door == "registry" ? "" : "." + door) + "\n";
    }
  }
  return out;
}

}  // namespace lock::test
