// Docker's config.json (docker/cli: cli/config/configfile/file.go) and Podman's auth.json (containers/image:
// docs/containers-auth.json.5.md), which share a format and differ in how keys match. Pure: text in, entries out.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/base/secret.hpp"

namespace lock::registry {

// Who we are to one registry. `source` says where that was found, for -v: file and key, never the secret.
struct Credential {
  std::string username;
  base::Secret password;
  base::Secret identity_token;  // an OAuth refresh token; the token service exchanges it
  base::Secret bearer_token;    // sent as it is
  std::string source;
  std::string defect;  // why the entry cannot be used; then it holds nothing else
};

enum class KeyStyle : std::uint8_t {
  docker,  // the exact key, then any key whose host part is the host
  podman,  // host/namespace/repository, host/namespace, host
};

struct CredentialFile {
  std::string name;  // the file's path, or "DOCKER_AUTH_CONFIG"
  KeyStyle style = KeyStyle::docker;
  std::map<std::string, Credential> auths;
  std::map<std::string, std::string> helpers;  // credHelpers: host -> helper's short name
  std::string store;                           // credsStore
};

// ErrorKind::configuration, with line and column, for what is no such file. An entry that is wrong in itself keeps its
// defect, which is an error for its registry and for no other. Entries without any secret (Docker writes
// them beside a store) are left out. `legacy` is ~/.dockercfg: the `auths` object is the whole file.
[[nodiscard]] Result<CredentialFile> parse_credential_file(std::string_view text, std::string name, KeyStyle style,
                                                           bool legacy = false);

// The host of a key: scheme and path cut off, lower case.
[[nodiscard]] std::string host_of_key(std::string_view key);

// Whether two registry hosts are the same one: equal, or both names of Docker Hub. Never by prefix or suffix.
[[nodiscard]] bool same_registry(std::string_view a, std::string_view b);

// Whether a key that is not for this registry may have been meant for it: another port or none, one namespace or a
// wildcard of it, or a slip of the fingers. For a hint; nothing is looked up by it.
[[nodiscard]] bool is_near_miss(std::string_view key, std::string_view registry);

// The entry of `auths` for a repository, or nullptr. `path` is the repository without its registry.
[[nodiscard]] const Credential* find_entry(const CredentialFile& file, std::string_view registry,
                                           std::string_view path);

// The helper that this file names for a registry (credHelpers by exact host; no wildcards), and the server name that
// it is to be asked for. Not the store.
struct HelperChoice {
  std::string helper;
  std::string server;
};
[[nodiscard]] std::optional<HelperChoice> find_helper(const CredentialFile& file, std::string_view registry);

// What a helper printed for `get`: {"ServerURL","Username","Secret"}; the user "<token>" means an identity token.
[[nodiscard]] Result<Credential> parse_helper_answer(std::string_view text, std::string_view helper);

}  // namespace lock::registry
