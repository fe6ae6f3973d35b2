#include "resolver/registry/session.hpp"

#include <algorithm>
#include <set>

#include "resolver/base/text.hpp"

namespace lock::registry {
namespace {

constexpr int most_hops = 10;
constexpr std::chrono::milliseconds longest_knock{5'000};
constexpr int most_rounds = 4;  // probe, token, token for another scope or a fresh one, and one more

std::string standard_scope(const Question& question) {
  return "repository:" + question.repository + ":" + question.actions;
}

// Whether a scope grants all that another asks for: the same repository, and every action. A registry asks for "pull"
// where a copy will want "pull,push" with its next request.
bool covers(std::string_view scope, std::string_view asked) {
  const std::size_t colon = scope.rfind(':');
  const std::size_t asked_colon = asked.rfind(':');
  if (asked_colon == std::string_view::npos || scope.substr(0, colon) != asked.substr(0, asked_colon)) return false;
  const auto granted = base::split(scope.substr(colon + 1), ',');
  return std::ranges::all_of(base::split(asked.substr(asked_colon + 1), ','), [&](std::string_view action) {
    return std::ranges::find(granted, action) != granted.end();
  });
}

// "error" and "scope" of whatever Bearer challenge an answer carries.
const Challenge* bearer_of(const std::vector<Challenge>& challenges) {
  const auto found = std::ranges::find(challenges, "bearer", &Challenge::scheme);
  return found == challenges.end() ? nullptr : &*found;
}

// "negotiate, ntlm" where a registry has challenges and none of a kind that can be answered.
std::string unusable_schemes(const std::vector<Challenge>& challenges) {
  std::set<std::string> names;
  for (const Challenge& challenge : challenges) {
    if (challenge.scheme == "bearer" || challenge.scheme == "basic") return {};
    names.insert(base::harmless(challenge.scheme, 40));
  }
  return base::join(std::vector<std::string>(names.begin(), names.end()), ", ");
}

bool wants_other_scope(const HttpAnswer& answer) {
  if (answer.status != 403) return false;
  const std::vector<Challenge> challenges = parse_challenges(answer.headers.all("www-authenticate"));
  const Challenge* bearer = bearer_of(challenges);
  return bearer != nullptr && bearer->parameter("error") == "insufficient_scope" && !bearer->parameter("scope").empty();
}

// The token is good, but not for this (RFC 6750 section 3.1): a new one for the same scopes would be no better.
bool lacks_right(const HttpAnswer& answer) {
  const std::vector<Challenge> challenges = parse_challenges(answer.headers.all("www-authenticate"));
  const Challenge* bearer = bearer_of(challenges);
  return bearer != nullptr && bearer->parameter("error") == "insufficient_scope";
}

// The needed scope first: some registries honour only the first (registries.md, 1.1).
std::vector<std::string> scopes_of(std::string_view text, const std::string& needed) {
  std::vector<std::string> scopes;
  for (const std::string_view scope : base::split(text, ' ')) {
    if (!scope.empty() && scopes.size() < 16) scopes.emplace_back(scope);
  }
  const auto found = std::ranges::find(scopes, needed);
  if (found != scopes.end()) std::rotate(scopes.begin(), found, found + 1);
  return scopes;
}

}  // namespace

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Result<Url> redirect_target(const Url& from, const HttpAnswer& answer) {
  const std::string_view location = answer.headers.first("location");
  const std::string doing = from.redacted() + " redirects (" + status_text(answer.status) + ")";
  if (location.empty()) return fail(ErrorKind::malformed, doing + " without saying where to");
  auto url = from.resolve(location);
  if (!url) {
    // The target may be a signed URL, so it is not repeated.
    return fail(ErrorKind::malformed, doing + " to something that is no http or https URL");
  }
  if (from.scheme == "https" && url->scheme != "https") {
    return fail(ErrorKind::refused, doing + " from https to plain http, which is not followed");
  }
  return url;
}

Session::Session(Exchange& exchange, Tokens& tokens, Credentials& credentials, SessionSettings settings)
    : exchange_(&exchange), tokens_(&tokens), credentials_(&credentials), settings_(std::move(settings)) {}

// Takes up what an earlier run learned. A token without credentials is asked for wherever the record says; one with
// credentials only at the registry itself, and else the registry is asked first, as without a record.
Task<bool> Session::recall(const Question& question) {
  if (scheme_ != Scheme::unknown || probing_ != nullptr || !settings_.remembered) co_return false;
  const Challenge challenge = *std::exchange(settings_.remembered, std::nullopt);
  Result<std::optional<Credential>> found = co_await credentials_->find(settings_.registry, question.repository);
  const auto realm = check_realm(token_client(), challenge.parameter("realm"));
  if (!found || !realm || scheme_ != Scheme::unknown || probing_ != nullptr) co_return false;
  if (*found && !realm->same_origin(settings_.base)) co_return false;
  scheme_ = Scheme::bearer;
  challenge_ = challenge;
  fixed_scope_ = challenge.parameter("scope");
  recalled_ = true;
  if (settings_.base.scheme == "https" && !realm->same_origin(settings_.base)) {
    knocking_.emplace(knock());
    knocking_->start();
  }
  co_return true;
}

// The first question waits for a token from another host. Meanwhile the connection that it will need comes about: TCP
// and TLS take as long here as there. What is asked for it does not matter, nor does the answer.
Task<bool> Session::knock() {
  Question question;
  question.method = "HEAD";
  question.kind = RequestKind::other;
  question.deadline = longest_knock;
  question.repeatable = false;
  Url url = settings_.base;
  url.target = "/v2/";
  ExchangeRequest request = request_for(question, std::move(url), true);
  Result<HttpAnswer> answer = co_await exchange_->ask(std::move(request));
  co_return answer.has_value();
}

// While nothing is known about the registry, one question goes ahead and the others wait for what it learns. True for
// the one that goes ahead.
Task<bool> Session::take_turn() {
  while (scheme_ == Scheme::unknown) {
    if (probing_ == nullptr) {
      probing_ = std::make_shared<Signal>(exchange_->loop().ready());
      co_return true;
    }
    const std::shared_ptr<Signal> probe = probing_;
    co_await probe->wait();
  }
  co_return false;
}

void Session::end_turn(bool answered) {
  if (answered && scheme_ == Scheme::unknown) scheme_ = Scheme::none;
  const std::shared_ptr<Signal> probe = std::move(probing_);
  probing_ = nullptr;
  if (probe != nullptr) probe->happen();
}

// Of the address that answered; before any answer, what the host's name says by itself.
Locality Session::locality() const {
  if (const auto known = exchange_->known_locality(settings_.base)) return *known;
  return locality_of(settings_.base.host).value_or(Locality::internet);
}

TokenClient Session::token_client() const {
  return {settings_.registry, settings_.base, settings_.realm_host, locality(), settings_.tls};
}

std::vector<std::string> Session::default_scopes(const Question& question) const {
  std::vector<std::string> scopes;
  if (!fixed_scope_.empty()) return {fixed_scope_};
  const auto own = scopes_.find(question.repository + ":" + question.actions);
  scopes.push_back(own == scopes_.end() ? standard_scope(question) : own->second);
  scopes.insert(scopes.end(), question.more_scopes.begin(), question.more_scopes.end());
  return scopes;
}

Task<Result<Session::Authorization>> Session::authorize(const Question& question, std::vector<std::string> scopes,
                                                        base::Secret stale) {
  Authorization authorization;
  if (scheme_ == Scheme::unknown || scheme_ == Scheme::none) co_return authorization;
  Result<std::optional<Credential>> found = co_await credentials_->find(settings_.registry, question.repository);
  if (!found) co_return std::unexpected(found.error());
  const std::optional<Credential>& credential = *found;
  if (credential) authorization.source = credential->source;
  if (credential && !credential->bearer_token.empty()) {
    if (!is_token68(credential->bearer_token.reveal())) {
      co_return fail(ErrorKind::configuration, credential->source + " holds a token with characters that no token has");
    }
    authorization.header = "Bearer " + credential->bearer_token.reveal();
    co_return authorization;
  }
  if (scheme_ == Scheme::basic) {
    if (credential && !credential->password.empty()) {
      authorization.header = basic_authorization(credential->username, credential->password.reveal());
    }
    co_return authorization;
  }
  if (recalled_ && credential) {
    // Other repositories than the first may have credentials. An answer without them is the registry's own challenge.
    const auto realm = check_realm(token_client(), challenge_.parameter("realm"));
    if (!realm || !realm->same_origin(settings_.base)) co_return authorization;
  }
  TokenRequest request;
  request.realm = challenge_.parameter("realm");
  request.service = challenge_.parameter("service");
  request.scopes = scopes.empty() ? default_scopes(question) : std::move(scopes);
  request.credential = credential;
  request.stale = std::move(stale);
  authorization.scopes = request.scopes;
  Result<base::Secret> token = co_await tokens_->fetch(token_client(), std::move(request));
  if (!token) {
    Error error = token.error();
    if (error.kind == ErrorKind::refused && !credential) error.hint += credentials_->near_misses(settings_.registry);
    co_return std::unexpected(std::move(error));
  }
  authorization.token = *token;
  authorization.header = "Bearer " + token->reveal();
  co_return authorization;
}

ExchangeRequest Session::request_for(const Question& question, Url url, bool own) const {
  ExchangeRequest request;
  request.http.method = question.method;
  request.http.most_body = question.most_body;
  request.http.deadline = question.deadline;
  request.http.silence = question.silence;
  request.http.tls = settings_.tls;
  request.kind = question.kind;
  request.repeatable = question.repeatable;
  request.connections = settings_.connections;
  request.streams = settings_.streams;
  if (own) {
    request.http.headers = question.headers;
    request.http.body = question.body;
    request.http.file_body = question.file_body;
    request.requests_per_second = settings_.requests_per_second;
  } else {
    // A signed URL is given no headers; a manifest at another registry needs its Accept.
    request.http.most_local = locality();
    if (question.kind == RequestKind::manifest) request.http.headers = question.headers;
  }
  request.http.sink = question.sink;
  request.http.before_sink = question.before_sink;
  request.received = question.received;
  request.http.url = std::move(url);
  return request;
}

Task<Result<Session::HopAnswer>> Session::send(const Question& question, const Authorization& authorization) {
  auto first = settings_.base.at(question.target);
  if (!first) co_return std::unexpected(first.error());
  Url url = std::move(*first);
  for (int hop = 0; hop <= most_hops; ++hop) {
    const bool own = url.same_origin(settings_.base);
    ExchangeRequest request = request_for(question, url, own);
    if (own && !authorization.header.empty()) {
      request.http.headers.push_back({"Authorization", authorization.header});
    }
    Result<HttpAnswer> answer = co_await exchange_->ask(std::move(request));
    if (!answer) co_return std::unexpected(answer.error());
    const bool followed = question.method == "GET" || question.method == "HEAD";
    if (!is_redirect(answer->status) || !followed) co_return HopAnswer{std::move(*answer), std::move(url), own};
    auto target = redirect_target(url, *answer);
    const bool within = target && target->same_origin(settings_.base) && target->path().starts_with("/v2/");
    if (question.within_api && !within) co_return HopAnswer{std::move(*answer), std::move(url), own};
    if (!target) co_return std::unexpected(target.error());
    url = std::move(*target);
  }
  co_return fail(ErrorKind::limit, question.method + " " + settings_.base.origin() + question.target +
                                       ": redirected more than " + std::to_string(most_hops) + " times");
}

// The registry redirected to another one that wants a token of its own: an anonymous one is asked for there, and
// nothing of ours goes along.
Task<Result<HttpAnswer>> Session::ask_foreign(const Question& question, Url url, const HttpAnswer& refusal) {
  const std::vector<Challenge> challenges = parse_challenges(refusal.headers.all("www-authenticate"));
  const Challenge* bearer = bearer_of(challenges);
  const Error refused = answer_error(
      question.method, url, refusal,
      "the registry " + settings_.registry + " redirects there; credentials are not sent on to another host");
  if (bearer == nullptr || bearer->parameter("realm").empty()) co_return std::unexpected(refused);
  TokenClient client{url.authority(), url, {}, locality(), settings_.tls};
  TokenRequest request;
  request.realm = bearer->parameter("realm");
  request.service = bearer->parameter("service");
  request.scopes = scopes_of(bearer->parameter("scope"), {});
  Result<base::Secret> token = co_await tokens_->fetch(std::move(client), std::move(request));
  if (!token) co_return std::unexpected(token.error());
  ExchangeRequest again = request_for(question, url, false);
  again.http.headers.push_back({"Authorization", "Bearer " + token->reveal()});
  Result<HttpAnswer> answer = co_await exchange_->ask(std::move(again));
  if (answer && (answer->status == 401 || is_redirect(answer->status))) co_return std::unexpected(refused);
  co_return answer;
}

Task<Result<HttpAnswer>> Session::ask_elsewhere(Question question, Url url) {
  ExchangeRequest request = request_for(question, std::move(url), false);
  request.http.headers = question.headers;
  request.http.body = std::move(question.body);
  request.http.file_body = std::move(question.file_body);
  Result<HttpAnswer> answer = co_await exchange_->ask(std::move(request));
  co_return answer;
}

// The old gcr.io answers 401 without a challenge and has one at /v2/ only. Asked once.
Task<std::vector<Challenge>> Session::ping() {
  if (pinged_ != nullptr) {
    const std::shared_ptr<Signal> earlier = pinged_;
    co_await earlier->wait();
    co_return ping_challenges_;
  }
  pinged_ = std::make_shared<Signal>(exchange_->loop().ready());
  Question question;
  question.kind = RequestKind::other;
  Url url = settings_.base;
  url.target = "/v2/";
  ExchangeRequest request = request_for(question, std::move(url), true);
  Result<HttpAnswer> answer = co_await exchange_->ask(std::move(request));
  if (answer) ping_challenges_ = parse_challenges(answer->headers.all("www-authenticate"));
  pinged_->happen();
  co_return ping_challenges_;
}

// Takes from a 401 what it says about scheme, realm and scope. False when there is nothing to go on.
Task<bool> Session::learn(const Question& question, const HttpAnswer& answer, std::vector<std::string>& scopes) {
  std::vector<Challenge> challenges = parse_challenges(answer.headers.all("www-authenticate"));
  const Challenge* chosen = choose_challenge(challenges);
  if (chosen == nullptr && scheme_ != Scheme::basic && scheme_ != Scheme::bearer) {
    challenges = co_await ping();
    chosen = choose_challenge(challenges);
  }
  if (chosen == nullptr) co_return scheme_ == Scheme::basic || scheme_ == Scheme::bearer;
  if (std::exchange(recalled_, false)) fixed_scope_.clear();
  scheme_ = chosen->scheme == "basic" ? Scheme::basic : Scheme::bearer;
  challenge_ = *chosen;
  const std::string scope(chosen->parameter("scope"));
  const std::string standard = standard_scope(question);
  const bool one_for_all = !scope.empty() && !scope.starts_with("repository:") && !scope.contains(' ');
  if (scheme_ == Scheme::bearer && settings_.remember) {
    Challenge lasting = challenge_;
    if (!one_for_all) lasting.parameters.erase("scope");
    settings_.remember(lasting);
  }
  if (scheme_ == Scheme::basic || scope.empty()) co_return true;
  if (covers(standard, scope)) {
    scopes.clear();
  } else if (one_for_all) {
    fixed_scope_ = scope;
    scopes = {scope};
  } else {
    scopes = scopes_of(scope, standard);
    if (!scope.contains(' ')) scopes_[question.repository + ":" + question.actions] = scope;
  }
  co_return true;
}

Error Session::refusal(const HopAnswer& hop, const Authorization& authorization) const {
  Error error = refusal_of(hop.url, hop.answer, login_hint(settings_.registry));
  const std::string offered = unusable_schemes(parse_challenges(hop.answer.headers.all("www-authenticate")));
  if (!offered.empty()) {
    error.message += " (it wants " + offered + ", and only Bearer and Basic are spoken here)";
    error.hint.clear();
  } else if (!authorization.source.empty()) {
    error.message += " (tried with the credentials of " + authorization.source + ")";
  } else {
    error.message += " (tried without credentials)";
    error.hint += credentials_->near_misses(settings_.registry);
  }
  return error;
}

Task<Result<HttpAnswer>> Session::ask(Question question) {
  static_cast<void>(co_await recall(question));
  bool first = co_await take_turn();
  std::vector<std::string> scopes;
  base::Secret stale;
  std::optional<HopAnswer> refused;
  bool renewed = false;  // a token was refused and fetched anew for the same scopes; that is done once
  for (int round = 0;; ++round) {
    const bool by_record = recalled_;
    Result<Authorization> authorization = co_await authorize(question, scopes, stale);
    if (!authorization && by_record) {
      // The record is out of date: as if there had been none.
      if (std::exchange(recalled_, false)) {
        scheme_ = Scheme::unknown;
        fixed_scope_.clear();
      }
      first = co_await take_turn();
      authorization = co_await authorize(question, scopes, stale);
    }
    if (!authorization) co_return std::unexpected(authorization.error());
    // The same token once more, or nothing to show for the challenge: another request would end the same way.
    const bool nothing_new = !stale.empty() && stale == authorization->token;
    if (refused && (nothing_new || authorization->header.empty())) {
      co_return std::unexpected(refusal(*refused, *authorization));
    }
    Result<HopAnswer> hop = co_await send(question, *authorization);
    const bool is_refused = hop && (hop->answer.status == 401 || wants_other_scope(hop->answer));
    bool learned = false;
    if (is_refused && hop->own) learned = co_await learn(question, hop->answer, scopes);
    if (std::exchange(first, false)) end_turn(hop.has_value());
    if (!hop) co_return std::unexpected(hop.error());
    if (!is_refused) co_return std::move(hop->answer);
    if (!hop->own) {
      Result<HttpAnswer> foreign = co_await ask_foreign(question, hop->url, hop->answer);
      co_return foreign;
    }
    // Basic and ready-made Bearer credentials have no second version.
    const bool final_header = !authorization->header.empty() && authorization->token.empty();
    const std::vector<std::string> wanted = scopes.empty() ? default_scopes(question) : scopes;
    const bool same_scopes = !authorization->token.empty() && wanted == authorization->scopes;
    const bool final_token = same_scopes && (renewed || lacks_right(hop->answer));
    renewed = renewed || same_scopes;
    if (!learned || final_header || final_token || round + 1 >= most_rounds) {
      co_return std::unexpected(refusal(*hop, *authorization));
    }
    stale = authorization->token;
    refused = std::move(*hop);
  }
}

}  // namespace lock::registry
