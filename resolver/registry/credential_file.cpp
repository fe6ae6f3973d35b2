#include "resolver/registry/credential_file.hpp"

#include <algorithm>
#include <array>

#include "resolver/base/encoding.hpp"
#include "resolver/base/json.hpp"
#include "resolver/base/text.hpp"

namespace lock::registry {
namespace {

constexpr std::array<std::string_view, 3> hub_names{"docker.io", "index.docker.io", "registry-1.docker.io"};
constexpr std::string_view hub_key = "https://index.docker.io/v1/";

bool is_hub(std::string_view host) { return std::ranges::find(hub_names, host) != hub_names.end(); }

std::unexpected<Error> wrong(const std::string& name, const std::string& what) {
  return fail(ErrorKind::configuration, name + ": " + what);
}

// Docker writes padded base64; people's scripts also leave the padding out or end it with a line feed.
std::optional<std::string> decode_auth(std::string_view text) {
  std::string padded(base::trim(text));
  while (padded.size() % 4 != 0) padded += '=';
  return base::from_base64(padded);
}

Credential read_entry(const boost::json::value& value, const std::string& name, const std::string& key) {
  Credential credential;
  credential.source = name + ", auths \"" + base::harmless(key, 200) + "\"";
  const std::string entry = name + ": the entry \"" + base::harmless(key, 200) + "\"";
  if (!value.is_object()) {
    credential.defect = entry + " is not an object";
    return credential;
  }
  const boost::json::object& object = value.get_object();
  credential.username = base::find_string(object, "username").value_or("");
  credential.password = base::Secret(std::string(base::find_string(object, "password").value_or("")));
  credential.identity_token = base::Secret(std::string(base::find_string(object, "identitytoken").value_or("")));
  credential.bearer_token = base::Secret(std::string(base::find_string(object, "registrytoken").value_or("")));
  const std::string_view auth = base::find_string(object, "auth").value_or("");
  if (auth.empty()) return credential;
  const auto decoded = decode_auth(auth);
  const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos) {
    Credential broken;
    broken.source = credential.source;
    broken.defect = entry + " has an `auth` that is not base64 of user:password";
    return broken;
  }
  credential.username = decoded->substr(0, colon);
  std::string password = decoded->substr(colon + 1);
  while (password.ends_with('\0')) password.pop_back();  // docker/cli cuts these too
  credential.password = base::Secret(std::move(password));
  return credential;
}

bool holds_something(const Credential& credential) {
  return !credential.password.empty() || !credential.identity_token.empty() || !credential.bearer_token.empty() ||
         !credential.defect.empty();
}

void read_entries(const boost::json::object& object, CredentialFile& file) {
  for (const auto& [key, value] : object) {
    Credential credential = read_entry(value, file.name, std::string(key));
    if (holds_something(credential)) file.auths.emplace(std::string(key), std::move(credential));
  }
}

}  // namespace

Result<CredentialFile> parse_credential_file(std::string_view text, std::string name, KeyStyle style, bool legacy) {
  CredentialFile file{std::move(name), style, {}, {}, {}};
  if (base::trim(text).empty()) return file;
  auto value = base::parse_json(text, file.name);
  if (!value) {
    Error error = value.error();
    error.kind = ErrorKind::configuration;
    if (error.place) error.message.insert(0, file.name + " ");
    return std::unexpected(std::move(error));
  }
  if (!value->is_object()) return wrong(file.name, "is not a JSON object");
  const boost::json::object& object = value->get_object();
  const boost::json::object* auths = legacy ? &object : base::find_object(object, "auths");
  if (auths != nullptr) read_entries(*auths, file);
  if (legacy) return file;
  file.store = base::find_string(object, "credsStore").value_or("");
  if (const boost::json::object* helpers = base::find_object(object, "credHelpers")) {
    for (const auto& [host, helper] : *helpers) {
      // What is no string is no helper's name either, and is refused when this registry asks.
      file.helpers.emplace(std::string(host), helper.is_string() ? std::string(helper.get_string()) : "");
    }
  }
  return file;
}

std::string host_of_key(std::string_view key) {
  if (const std::size_t scheme = key.find("://"); scheme != std::string_view::npos) key.remove_prefix(scheme + 3);
  return base::to_lower(key.substr(0, key.find('/')));
}

bool same_registry(std::string_view a, std::string_view b) { return a == b || (is_hub(a) && is_hub(b)); }

bool is_near_miss(std::string_view key, std::string_view registry) {
  const std::string host = host_of_key(key);
  const auto without_port = [](std::string_view name) {
    return name.ends_with(']') ? name : name.substr(0, name.rfind(':'));
  };
  if (same_registry(host, registry) || without_port(host) == without_port(registry)) return true;
  const bool address = !std::ranges::any_of(registry, [](char c) { return c >= 'g' && c <= 'z'; });
  const std::array<std::string_view, 1> meant{registry};
  return !address && base::near_name(host, meant).has_value();
}

const Credential* find_entry(const CredentialFile& file, std::string_view registry, std::string_view path) {
  const auto entry = [&](const std::string& key) -> const Credential* {
    const auto found = file.auths.find(key);
    return found == file.auths.end() ? nullptr : &found->second;
  };
  std::vector<std::string> hosts{std::string(registry)};
  if (is_hub(registry)) hosts.assign(hub_names.begin(), hub_names.end());
  if (file.style == KeyStyle::podman) {
    for (std::string_view part = path; !part.empty();) {
      for (const std::string& host : hosts) {
        if (const Credential* found = entry(host + "/" + std::string(part))) return found;
      }
      const std::size_t slash = part.rfind('/');
      part = slash == std::string_view::npos ? std::string_view() : part.substr(0, slash);
    }
  }
  if (is_hub(registry)) {
    if (const Credential* found = entry(std::string(hub_key))) return found;
  }
  for (const std::string& host : hosts) {
    if (const Credential* found = entry(host)) return found;
  }
  for (const auto& [key, credential] : file.auths) {
    // Podman's keys with a path are for that path only, unless they are Docker's old URLs.
    const bool whole_host = file.style == KeyStyle::docker || key.contains("://");
    if (whole_host && same_registry(host_of_key(key), registry)) return &credential;
  }
  return nullptr;
}

std::optional<HelperChoice> find_helper(const CredentialFile& file, std::string_view registry) {
  for (const auto& [key, helper] : file.helpers) {
    if (!same_registry(host_of_key(key), registry) || key.ends_with('*')) continue;
    const bool docker_hub = file.style == KeyStyle::docker && is_hub(registry);
    return HelperChoice{helper, docker_hub ? std::string(hub_key) : key};
  }
  return std::nullopt;
}

Result<Credential> parse_helper_answer(std::string_view text, std::string_view helper) {
  const std::string name = "the answer of " + std::string(helper);
  auto value = base::parse_json(text, name, {.depth = 8, .bytes = std::size_t{1} << 20});
  if (!value) {
    // What a helper printed may hold a secret, so nothing of it is repeated.
    return fail(ErrorKind::refused, name + " is not the JSON that a credential helper prints");
  }
  const boost::json::object* object = value->if_object();
  const auto username = object == nullptr ? std::nullopt : base::find_string(*object, "Username");
  const auto secret = object == nullptr ? std::nullopt : base::find_string(*object, "Secret");
  if (!secret || !username) return fail(ErrorKind::refused, name + " has no Username and Secret");
  Credential credential;
  if (*username == "<token>") {
    credential.identity_token = base::Secret(std::string(*secret));
  } else {
    credential.username = *username;
    credential.password = base::Secret(std::string(*secret));
  }
  return credential;
}

}  // namespace lock::registry
