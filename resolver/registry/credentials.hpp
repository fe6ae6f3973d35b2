// Which credential belongs to a repository: all places that Docker and Podman know are looked through, in this order,
// and the first that has a match wins. (Tools that stop at the first file that *exists* are the cause of "logged in,
// yet anonymous".)
//
//   1. LOCK_TOKEN_<HOST>, or LOCK_USERNAME_<HOST> and LOCK_PASSWORD_<HOST>
//   2. DOCKER_AUTH_CONFIG, the JSON itself
//   3. $DOCKER_CONFIG/config.json, else ~/.docker/config.json
//   4. $REGISTRY_AUTH_FILE; else $XDG_RUNTIME_DIR/containers/auth.json (/run/containers/UID/auth.json),
//      $XDG_CONFIG_HOME/containers/auth.json and ~/.dockercfg
//
// In each file credHelpers, then credsStore, then auths. A helper that does not know the registry (it says so in one
// exact sentence) is no match; a helper that is missing or fails is an error for that registry, never "anonymous".
// Helpers are run once per registry, without a shell, with a time limit, beside the loop.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "resolver/registry/configuration.hpp"
#include "resolver/registry/credential_file.hpp"
#include "resolver/registry/http.hpp"
#include "resolver/registry/statistics.hpp"

namespace lock::registry {

class Credentials {
 public:
  Credentials(HttpLoop& loop, const RegistryConfiguration& configuration, Statistics& statistics);
  ~Credentials();

  // Nothing: anonymous. `registry` is a canonical host, `path` the repository at it.
  [[nodiscard]] Task<Result<std::optional<Credential>>> find(std::string registry, std::string path);
  // "; a login stands in FILE under …" for keys of the files read so far that are nearly this registry's name: another
  // port, one namespace only, a slip of the fingers. Empty: none. Nobody is asked with them.
  [[nodiscard]] std::string near_misses(std::string_view registry) const;

 private:
  struct HelperRun;
  [[nodiscard]] Result<bool> read_files();
  [[nodiscard]] Task<Result<std::optional<Credential>>> ask_helper(HelperChoice choice, std::string registry,
                                                                   std::string source);
  [[nodiscard]] Task<Result<std::optional<Credential>>> find_in(const CredentialFile& file, std::string registry,
                                                                std::string path);

  HttpLoop* loop_;
  const RegistryConfiguration* configuration_;
  Statistics* statistics_;
  std::optional<Result<bool>> read_;
  std::vector<CredentialFile> files_;
  std::map<std::string, std::unique_ptr<HelperRun>> runs_;  // by helper and server
};

// The suffix of the variables for a host: letters in upper case, '.' as "_", '-' as "__", ':' as "___", so that no two
// hosts share one. IPv6 literals have none (empty).
[[nodiscard]] std::string variable_suffix(std::string_view registry);

// What a person can do about a refusal.
[[nodiscard]] std::string login_hint(std::string_view registry);

[[nodiscard]] std::optional<Credential> credential_of_environment(const ProcessEnvironment& environment,
                                                                  std::string_view registry);

// The files of the order above from number 3 on, with how their keys match and whether they are ~/.dockercfg.
struct CredentialPlace {
  std::filesystem::path path;
  KeyStyle style = KeyStyle::docker;
  bool legacy = false;
};
[[nodiscard]] std::vector<CredentialPlace> credential_places(const ProcessEnvironment& environment,
                                                             std::uint32_t user_id);

}  // namespace lock::registry
