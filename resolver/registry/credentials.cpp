#include "resolver/registry/credentials.hpp"

#include <algorithm>

#include "resolver/base/file.hpp"
#include "resolver/base/process.hpp"
#include "resolver/base/text.hpp"

namespace lock::registry {
namespace {

constexpr std::size_t most_file = std::size_t{4} << 20;
constexpr std::string_view not_found = "credentials not found in native keychain";

bool is_helper_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-").contains(c);
  });
}

base::ProcessRequest helper_request(const RegistryConfiguration& configuration, const std::string& program,
                                    const std::string& server) {
  base::ProcessRequest request;
  request.arguments = {program, "get"};
  request.input = server;
  request.time_limit = configuration.helper_deadline;
  if (configuration.http.run_deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*configuration.http.run_deadline - Clock::now());
    request.time_limit = std::clamp(left, std::chrono::milliseconds(1), configuration.helper_deadline);
  }
  request.most_output = std::size_t{1} << 20;
  for (const auto& [name, value] : configuration.environment) request.set.emplace_back(name, value);
  return request;
}

std::unexpected<Error> helper_failed(const std::string& program, const std::string& registry, std::string reason) {
  return fail(ErrorKind::refused,
              program + " could not give the credentials for " + registry + ": " + std::move(reason),
              "run `" + program + " get` with the registry's name on standard input to see what it says");
}

Result<std::optional<Credential>> judge_helper(const Result<base::ProcessAnswer>& answer, const std::string& program,
                                               const std::string& registry) {
  if (!answer) {
    if (answer.error().kind == ErrorKind::absent) {
      return fail(ErrorKind::refused, "the credential helper " + program + " for " + registry + " is not installed",
                  "install it, or take it out of the file that names it");
    }
    return helper_failed(program, registry, describe(answer.error()));
  }
  if (answer->exit_status != 0) {
    // docker/docker-credential-helpers prints this on standard output; nothing else means "not logged in".
    if (base::trim(answer->output) == not_found) return std::optional<Credential>();
    const std::string_view said = base::trim(answer->errors.empty() ? answer->output : answer->errors);
    return helper_failed(
        program, registry,
        "exit status " + std::to_string(answer->exit_status) + (said.empty() ? "" : ", " + base::harmless(said, 200)));
  }
  auto credential = parse_helper_answer(answer->output, program);
  if (!credential) return std::unexpected(credential.error());
  return std::optional<Credential>(std::move(*credential));
}

}  // namespace

struct Credentials::HelperRun {
  explicit HelperRun(ReadyQueue& ready) : done(ready) {}
  Signal done;
  std::optional<Result<std::optional<Credential>>> result;
};

Credentials::Credentials(HttpLoop& loop, const RegistryConfiguration& configuration, Statistics& statistics)
    : loop_(&loop), configuration_(&configuration), statistics_(&statistics) {}

Credentials::~Credentials() = default;

Result<bool> Credentials::read_files() {
  const std::string inline_config = variable(configuration_->environment, "DOCKER_AUTH_CONFIG");
  if (!inline_config.empty()) {
    auto file = parse_credential_file(inline_config, "DOCKER_AUTH_CONFIG", KeyStyle::docker);
    if (!file) return while_doing("reading credentials", file.error());
    files_.push_back(std::move(*file));
  }
  for (const CredentialPlace& place : credential_places(configuration_->environment, configuration_->user_id)) {
    auto text = base::read_file(place.path, most_file);
    if (!text && text.error().kind == ErrorKind::absent) continue;
    if (!text) return while_doing("reading credentials", text.error());
    auto file = parse_credential_file(*text, place.path.string(), place.style, place.legacy);
    if (!file) return while_doing("reading credentials", file.error());
    files_.push_back(std::move(*file));
  }
  return true;
}

Task<Result<std::optional<Credential>>> Credentials::ask_helper(HelperChoice choice, std::string registry,
                                                                std::string source) {
  if (!is_helper_name(choice.helper)) {
    co_return fail(ErrorKind::configuration,
                   source + ": \"" + base::harmless(choice.helper, 60) + "\" is not a credential helper's name");
  }
  std::unique_ptr<HelperRun>& run = runs_[choice.helper + "\n" + choice.server];
  if (run == nullptr) {
    run = std::make_unique<HelperRun>(loop_->ready());
    HelperRun& mine = *run;
    const std::string program = "docker-credential-" + choice.helper;
    const base::ProcessRequest request = helper_request(*configuration_, program, choice.server);
    auto work = [request] { return base::run_process(request); };
    Result<base::ProcessAnswer> answer = co_await loop_->run_aside(std::move(work));
    mine.result = judge_helper(answer, program, registry);
    if (*mine.result && **mine.result) (**mine.result)->source = std::move(source);
    mine.done.happen();
    co_return *mine.result;
  }
  HelperRun& theirs = *run;
  co_await theirs.done.wait();
  co_return *theirs.result;
}

Task<Result<std::optional<Credential>>> Credentials::find_in(const CredentialFile& file, std::string registry,
                                                             std::string path) {
  const std::optional<HelperChoice> helper = find_helper(file, registry);
  if (helper) {
    const std::string source = file.name + ", credHelpers \"" + base::harmless(helper->server, 200) + "\"";
    Result<std::optional<Credential>> found = co_await ask_helper(*helper, registry, source);
    if (!found || *found) co_return found;
  } else if (!file.store.empty()) {
    const std::string server = same_registry(registry, "docker.io") ? "https://index.docker.io/v1/" : registry;
    const std::string source = file.name + ", credsStore \"" + base::harmless(file.store, 60) + "\"";
    HelperChoice choice{file.store, server};
    Result<std::optional<Credential>> found = co_await ask_helper(std::move(choice), registry, source);
    if (!found || *found) co_return found;
  }
  const Credential* entry = find_entry(file, registry, path);
  if (entry != nullptr && !entry->defect.empty()) co_return fail(ErrorKind::configuration, entry->defect);
  co_return entry == nullptr ? std::optional<Credential>() : std::optional<Credential>(*entry);
}

Task<Result<std::optional<Credential>>> Credentials::find(std::string registry, std::string path) {
  std::optional<Credential> credential = credential_of_environment(configuration_->environment, registry);
  if (!credential) {
    if (!read_) read_ = read_files();
    if (!*read_) co_return std::unexpected(read_->error());
    for (const CredentialFile& file : files_) {
      Result<std::optional<Credential>> found = co_await find_in(file, registry, path);
      if (!found) co_return std::unexpected(found.error());
      if (*found) {
        credential = std::move(*found);
        break;
      }
    }
  }
  if (credential) statistics_->credentials.insert(registry + ": " + credential->source);
  co_return credential;
}

std::string Credentials::near_misses(std::string_view registry) const {
  std::string text;
  const auto look_at = [&](const CredentialFile& file, const std::string& key) {
    if (is_near_miss(key, registry)) text += "; a login stands in " + file.name + " under " + base::harmless(key, 200);
  };
  for (const CredentialFile& file : files_) {
    for (const auto& [key, credential] : file.auths) look_at(file, key);
    for (const auto& [key, helper] : file.helpers) look_at(file, key);
  }
  return text;
}

std::string variable_suffix(std::string_view registry) {
  std::string suffix;
  for (const char c : registry) {
    if (c >= 'a' && c <= 'z') {
      suffix += static_cast<char>(c - 'a' + 'A');
    } else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
      suffix += c;
    } else if (c == '.') {
      suffix += "_";
    } else if (c == '-') {
      suffix += "__";
    } else if (c == ':') {
      suffix += "___";
    } else {
      return {};
    }
  }
  return suffix;
}

std::string login_hint(std::string_view registry) {
  const std::string suffix = variable_suffix(registry);
  std::string hint = "log in to " + std::string(registry);
  if (suffix.empty()) return hint;
  return hint + " (docker login, podman login), or set LOCK_USERNAME_" + suffix + " and LOCK_PASSWORD_" + suffix;
}

std::optional<Credential> credential_of_environment(const ProcessEnvironment& environment, std::string_view registry) {
  const std::string suffix = variable_suffix(registry);
  if (suffix.empty()) return std::nullopt;
  Credential credential;
  const std::string token = variable(environment, "LOCK_TOKEN_" + suffix);
  if (!token.empty()) {
    credential.bearer_token = base::Secret(token);
    credential.source = "LOCK_TOKEN_" + suffix;
    return credential;
  }
  const std::string password = variable(environment, "LOCK_PASSWORD_" + suffix);
  if (password.empty()) return std::nullopt;
  credential.username = variable(environment, "LOCK_USERNAME_" + suffix);
  credential.password = base::Secret(password);
  credential.source = "LOCK_USERNAME_" + suffix + " and LOCK_PASSWORD_" + suffix;
  return credential;
}

std::vector<CredentialPlace> credential_places(const ProcessEnvironment& environment, std::uint32_t user_id) {
  std::vector<CredentialPlace> places;
  const std::filesystem::path home = variable(environment, "HOME");
  const std::filesystem::path docker = variable(environment, "DOCKER_CONFIG");
  if (!docker.empty()) {
    places.push_back({docker / "config.json", KeyStyle::docker, false});
  } else if (!home.empty()) {
    places.push_back({home / ".docker" / "config.json", KeyStyle::docker, false});
  }
  const std::filesystem::path chosen = variable(environment, "REGISTRY_AUTH_FILE");
  if (!chosen.empty()) {
    places.push_back({chosen, KeyStyle::podman, false});
    return places;
  }
  std::filesystem::path runtime = variable(environment, "XDG_RUNTIME_DIR");
  runtime =
      runtime.empty() ? std::filesystem::path("/run/containers") / std::to_string(user_id) : runtime / "containers";
  places.push_back({runtime / "auth.json", KeyStyle::podman, false});
  std::filesystem::path settings = variable(environment, "XDG_CONFIG_HOME");
  if (settings.empty() && !home.empty()) settings = home / ".config";
  if (!settings.empty()) places.push_back({settings / "containers" / "auth.json", KeyStyle::podman, false});
  if (!home.empty()) places.push_back({home / ".dockercfg", KeyStyle::docker, true});
  return places;
}

}  // namespace lock::registry
