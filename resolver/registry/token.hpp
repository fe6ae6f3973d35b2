// Tokens of a Bearer challenge (distribution: docs/content/spec/auth/token.md and oauth.md), kept for the run, with
// one request in flight for a key. The realm rule is enforced here: who may be asked for a token at all.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "resolver/registry/challenge.hpp"
#include "resolver/registry/credential_file.hpp"
#include "resolver/registry/exchange.hpp"

namespace lock::registry {

// What a registry is to its token service.
struct TokenClient {
  std::string registry;                      // for messages and the key
  Url base;                                  // of the registry's API
  std::string realm_host;                    // a pin from images.toml; empty: none
  Locality most_local = Locality::internet;  // of the registry itself: the realm may be as local, not more
  std::shared_ptr<const TlsSettings> tls;
};

struct TokenRequest {
  std::string realm;
  std::string service;
  std::vector<std::string> scopes;  // the needed one first
  std::optional<Credential> credential;
  base::Secret stale;  // a token that was refused: a cached one that equals it is fetched anew
};

class Tokens {
 public:
  // A token is renewed so long before its end, for the time that a request is on its way.
  Tokens(Exchange& exchange, std::chrono::seconds renewed_early);
  ~Tokens();
  [[nodiscard]] Task<Result<base::Secret>> fetch(TokenClient client, TokenRequest request);

 private:
  struct Entry;
  [[nodiscard]] Task<Result<bool>> refresh(Entry& entry, TokenClient client, TokenRequest request, Url realm);
  [[nodiscard]] Task<Result<HttpAnswer>> ask(TokenClient client, TokenRequest request, Url realm);
  [[nodiscard]] Task<Result<HttpAnswer>> ask_by_post(TokenClient client, TokenRequest request, Url realm);

  Exchange* exchange_;
  std::chrono::seconds renewed_early_;
  std::map<std::string, std::unique_ptr<Entry>> entries_;
  std::map<std::string, bool> post_refused_;  // by realm
};

// The realm of a challenge as a URL that may be asked, or why not: https only unless the registry itself speaks plain
// HTTP; no more local than the registry; the pinned host. Relative realms are resolved against the registry.
[[nodiscard]] Result<Url> check_realm(const TokenClient& client, std::string_view realm);

// The URL of a GET for a token: the realm with its own query kept, and service, scopes and account added.
[[nodiscard]] Result<Url> token_url(const Url& realm, const TokenRequest& request);

struct TokenAnswer {
  base::Secret token;
  std::chrono::seconds life{60};
};
// `token` or `access_token`, which must be a token68; `expires_in` absent or under 60 means 60 seconds.
[[nodiscard]] Result<TokenAnswer> parse_token_answer(std::string_view body, std::string_view name);

[[nodiscard]] std::string basic_authorization(std::string_view username, std::string_view password);

}  // namespace lock::registry
