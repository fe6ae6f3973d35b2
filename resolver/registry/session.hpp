// A conversation with one registry: challenges answered, tokens fetched and renewed, redirects followed by hand. What
// it learns (which scheme, which realm, how scopes are spelled) holds for the run, so that a hundred questions cost one
// probe, one token a repository and one request each.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "resolver/registry/credentials.hpp"
#include "resolver/registry/exchange.hpp"
#include "resolver/registry/token.hpp"

namespace lock::registry {

struct SessionSettings {
  std::string registry;  // whose credentials are used: the registry's or mirror's own name
  Url base;
  std::string realm_host;
  int connections = 8;
  int streams = 100;
  double requests_per_second = 0;
  std::shared_ptr<const TlsSettings> tls;
  // The Bearer challenge of an earlier run, and who is told of this one's: with it no question has to go ahead. It
  // comes out of a folder that others may write to, so it never decides who gets a credential.
  std::optional<Challenge> remembered;
  std::function<void(const Challenge&)> remember;
};

struct Question {
  std::string method = "GET";
  std::string repository;  // path at this registry, for scopes
  std::string target;      // "/v2/…"
  std::vector<Header> headers;
  Bytes body;
  FileBody file_body;
  RequestKind kind = RequestKind::manifest;
  std::size_t most_body = std::size_t{4} << 20;
  std::function<bool(BytesView)> sink;
  std::function<void(const HttpAnswer&)> before_sink;
  std::function<std::uint64_t()> received;  // see ExchangeRequest; may be empty
  std::chrono::milliseconds deadline{30'000};
  std::chrono::seconds silence{0};
  std::string actions = "pull";
  std::vector<std::string> more_scopes;  // after the needed one: the source of a cross-repository mount
  bool within_api = false;  // a redirect off the registry's /v2/ is returned as the answer instead of followed
  bool repeatable = true;
};

class Session {
 public:
  Session(Exchange& exchange, Tokens& tokens, Credentials& credentials, SessionSettings settings);

  // An answer of any status but 401. 401 and a refused token request are Errors of kind `refused` that say which
  // credentials were tried.
  [[nodiscard]] Task<Result<HttpAnswer>> ask(Question question);
  // The same to another host than the registry's: where an upload's Location may lead. Nothing of ours goes along but
  // the body, and the address may be no more local than the registry's.
  [[nodiscard]] Task<Result<HttpAnswer>> ask_elsewhere(Question question, Url url);
  [[nodiscard]] const SessionSettings& settings() const { return settings_; }
  [[nodiscard]] Exchange& exchange() { return *exchange_; }

 private:
  enum class Scheme : std::uint8_t { unknown, none, basic, bearer };

  struct Authorization {
    std::string header;               // empty: none
    base::Secret token;               // when a token service gave it
    std::vector<std::string> scopes;  // that it was asked for
    std::string source = "";          // of the credential; empty: anonymous
  };
  struct HopAnswer {
    HttpAnswer answer;
    Url url;
    bool own = true;  // the registry itself answered, not a place that it redirected to
  };

  [[nodiscard]] Task<bool> recall(const Question& question);
  [[nodiscard]] Task<bool> knock();
  [[nodiscard]] Task<bool> take_turn();
  void end_turn(bool answered);
  [[nodiscard]] Task<Result<Authorization>> authorize(const Question& question, std::vector<std::string> scopes,
                                                      base::Secret stale);
  [[nodiscard]] Task<Result<HopAnswer>> send(const Question& question, const Authorization& authorization);
  [[nodiscard]] Task<Result<HttpAnswer>> ask_foreign(const Question& question, Url url, const HttpAnswer& refusal);
  [[nodiscard]] Task<bool> learn(const Question& question, const HttpAnswer& answer, std::vector<std::string>& scopes);
  [[nodiscard]] Task<std::vector<Challenge>> ping();
  [[nodiscard]] ExchangeRequest request_for(const Question& question, Url url, bool own) const;
  [[nodiscard]] std::vector<std::string> default_scopes(const Question& question) const;
  [[nodiscard]] TokenClient token_client() const;
  [[nodiscard]] Locality locality() const;
  [[nodiscard]] Error refusal(const HopAnswer& hop, const Authorization& authorization) const;

  Exchange* exchange_;
  Tokens* tokens_;
  Credentials* credentials_;
  SessionSettings settings_;

  Scheme scheme_ = Scheme::unknown;
  Challenge challenge_;
  bool recalled_ = false;    // scheme and challenge are an earlier run's; only the registry's own challenge ends that
  std::string fixed_scope_;  // of a registry with one scope for all (public ECR: "aws")
  std::map<std::string, std::string> scopes_;  // of repositories whose challenge named another scope than theirs
  std::shared_ptr<Signal> probing_;
  std::shared_ptr<Signal> pinged_;
  std::vector<Challenge> ping_challenges_;
  std::optional<Task<bool>> knocking_;
};

// Where a redirect leads, or why it is not followed: no Location, a URL that cannot be asked, or from https to http.
[[nodiscard]] Result<Url> redirect_target(const Url& from, const HttpAnswer& answer);
[[nodiscard]] bool is_redirect(int status);

}  // namespace lock::registry
