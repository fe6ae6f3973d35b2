#include "resolver/registry/token.hpp"

#include <algorithm>

#include "resolver/base/encoding.hpp"
#include "resolver/base/hash.hpp"
#include "resolver/base/json.hpp"
#include "resolver/base/text.hpp"
#include "resolver/registry/credentials.hpp"

namespace lock::registry {
namespace {

constexpr std::size_t most_token_answer = std::size_t{1} << 20;

// Two credentials are one for the cache when nothing about them differs; the key never holds a secret.
std::string fingerprint_of(const std::optional<Credential>& credential) {
  if (!credential) return "anonymous";
  std::string all = credential->username;
  for (const base::Secret* secret : {&credential->password, &credential->identity_token}) {
    all.push_back('\0');
    all += secret->reveal();
  }
  return base::to_hex(base::hash(base::HashAlgorithm::sha256, all));
}

std::string key_of(const TokenClient& client, const TokenRequest& request) {
  std::vector<std::string> scopes = request.scopes;
  std::ranges::sort(scopes);
  std::string key = client.registry;
  for (const std::string& part :
       {request.realm, request.service, fingerprint_of(request.credential), base::join(scopes, " ")}) {
    key += "\n" + part;
  }
  return key;
}

std::string form_field(std::string_view name, std::string_view value) {
  return std::string(name) + "=" + base::percent_encode(value);
}

}  // namespace

struct Tokens::Entry {
  base::Secret token;
  Clock::time_point until{};
  std::shared_ptr<Signal> in_flight;
  std::shared_ptr<std::optional<Error>> failure;
};

Tokens::Tokens(Exchange& exchange, std::chrono::seconds renewed_early)
    : exchange_(&exchange), renewed_early_(renewed_early) {}
Tokens::~Tokens() = default;

Task<Result<base::Secret>> Tokens::fetch(TokenClient client, TokenRequest request) {
  const auto realm = check_realm(client, request.realm);
  if (!realm) co_return std::unexpected(realm.error());
  std::unique_ptr<Entry>& slot = entries_[key_of(client, request)];
  if (slot == nullptr) slot = std::make_unique<Entry>();
  Entry& entry = *slot;
  if (entry.in_flight != nullptr) {
    const std::shared_ptr<Signal> signal = entry.in_flight;
    const std::shared_ptr<std::optional<Error>> failure = entry.failure;
    co_await signal->wait();
    if (*failure) co_return std::unexpected(**failure);
    co_return entry.token;
  }
  const bool usable = !entry.token.empty() && Clock::now() < entry.until;
  if (usable && !(entry.token == request.stale)) co_return entry.token;

  entry.in_flight = std::make_shared<Signal>(exchange_->loop().ready());
  entry.failure = std::make_shared<std::optional<Error>>();
  Result<bool> refreshed = co_await refresh(entry, std::move(client), std::move(request), *realm);
  if (!refreshed) *entry.failure = refreshed.error();
  const std::shared_ptr<Signal> signal = std::move(entry.in_flight);
  entry.in_flight = nullptr;
  signal->happen();
  if (!refreshed) co_return std::unexpected(refreshed.error());
  co_return entry.token;
}

Task<Result<bool>> Tokens::refresh(Entry& entry, TokenClient client, TokenRequest request, Url realm) {
  const std::string name = "the token answer of " + realm.redacted();
  const std::string registry = client.registry;
  exchange_->statistics().realms.insert(registry + ": tokens from " + base::harmless(realm.origin(), 200));
  const std::string tried = request.credential ? " (tried with the credentials of " + request.credential->source + ")"
                                               : " (tried without credentials)";
  Result<HttpAnswer> answer = co_await ask(std::move(client), std::move(request), realm);
  if (!answer) co_return while_doing("asking for a token for " + registry, answer.error());
  ++exchange_->statistics().tokens;
  if (answer->status != 200) {
    Error error = answer_error("GET", realm, *answer);
    const bool redirected = answer->status >= 300 && answer->status < 400;
    // A token service's 404 says nothing about an image.
    if (error.kind == ErrorKind::absent) error.kind = ErrorKind::refused;
    if (redirected) {
      error = Error{ErrorKind::refused,
                    "GET " + realm.redacted() + ": " + status_text(answer->status) +
                        ": a token request is not sent on to another place",
                    std::nullopt,
                    {},
                    nullptr};
    }
    if (error.kind == ErrorKind::refused && !redirected) {
      error.message += tried;
      error.hint = login_hint(registry);
    }
    co_return while_doing("asking for a token for " + registry, std::move(error));
  }
  auto parsed = parse_token_answer(answer->body, name);
  if (!parsed) co_return std::unexpected(parsed.error());
  entry.token = std::move(parsed->token);
  entry.until = Clock::now() + parsed->life - renewed_early_;
  co_return true;
}

Task<Result<HttpAnswer>> Tokens::ask(TokenClient client, TokenRequest request, Url realm) {
  const bool identity = request.credential && !request.credential->identity_token.empty();
  if (identity && !post_refused_[realm.origin()]) {
    Result<HttpAnswer> answer = co_await ask_by_post(client, request, realm);
    if (!answer) co_return answer;
    // Not everybody has the POST: Artifactory answers 401, ACR 400, Google 404, others 405 (containerd#2166).
    const int status = answer->status;
    if (status != 404 && status != 405 && status != 400 && status != 401) co_return answer;
    post_refused_[realm.origin()] = true;
  }
  auto url = token_url(realm, request);
  if (!url) co_return std::unexpected(url.error());
  ExchangeRequest get;
  get.kind = RequestKind::token;
  get.http.url = std::move(*url);
  get.http.most_body = most_token_answer;
  get.http.tls = client.tls;
  get.http.most_local = client.most_local;
  if (request.credential) {
    const Credential& credential = *request.credential;
    const std::string username = credential.username.empty() && identity ? "<token>" : credential.username;
    const base::Secret& password = identity ? credential.identity_token : credential.password;
    get.http.headers.push_back({"Authorization", basic_authorization(username, password.reveal())});
  }
  co_return co_await exchange_->ask(std::move(get));
}

Task<Result<HttpAnswer>> Tokens::ask_by_post(TokenClient client, TokenRequest request, Url realm) {
  ExchangeRequest post;
  post.kind = RequestKind::token;
  post.http.method = "POST";
  post.http.url = std::move(realm);
  post.http.most_body = most_token_answer;
  post.http.tls = client.tls;
  post.http.most_local = client.most_local;
  post.http.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
  post.http.body = form_field("grant_type", "refresh_token") + "&" + form_field("client_id", "lock") + "&" +
                   form_field("service", request.service) + "&" + form_field("scope", base::join(request.scopes, " ")) +
                   "&" + form_field("refresh_token", request.credential->identity_token.reveal());
  co_return co_await exchange_->ask(std::move(post));
}

Result<Url> check_realm(const TokenClient& client, std::string_view realm) {
  const std::string who = client.registry + " sends for tokens to ";
  auto url = client.base.resolve(realm);
  if (!url) return while_doing(client.registry + " names a token service that cannot be asked", url.error());
  if (!client.realm_host.empty() && url->authority() != client.realm_host) {
    return fail(ErrorKind::refused,
                who + base::harmless(url->origin(), 200) + ", but images.toml allows only " + client.realm_host);
  }
  if (url->scheme != "https" && client.base.scheme == "https") {
    return fail(ErrorKind::refused, who + base::harmless(url->origin(), 200) + ", which is not https",
                "a registry behind a TLS proxy has to be told its own public address");
  }
  const auto locality = locality_of(url->host);
  if (locality && *locality > client.most_local) {
    return fail(ErrorKind::refused, who + base::harmless(url->origin(), 200) + ", " + std::string(name_of(*locality)) +
                                        ", which this registry has no business with");
  }
  return url;
}

Result<Url> token_url(const Url& realm, const TokenRequest& request) {
  std::vector<std::string> fields;
  if (!request.service.empty()) fields.push_back(form_field("service", request.service));
  for (const std::string& scope : request.scopes) fields.push_back(form_field("scope", scope));
  if (request.credential && !request.credential->username.empty()) {
    fields.push_back(form_field("account", request.credential->username));
  }
  std::string target = realm.target;
  const char* separator = realm.target.contains('?') ? (realm.target.ends_with('?') ? "" : "&") : "?";
  if (!fields.empty()) target += separator + base::join(fields, "&");
  return Url::parse(realm.origin() + target);
}

Result<TokenAnswer> parse_token_answer(std::string_view body, std::string_view name) {
  auto value = base::parse_json(body, name, {.depth = 16, .bytes = most_token_answer});
  const std::string who(name);
  if (!value) {
    if (value.error().place) value.error().message.insert(0, who + " ");
    return std::unexpected(value.error());
  }
  const boost::json::object* object = value->if_object();
  if (object == nullptr) return fail(ErrorKind::malformed, who + " is not a JSON object");
  std::string_view token = base::find_string(*object, "token").value_or("");
  if (token.empty()) token = base::find_string(*object, "access_token").value_or("");
  if (token.empty()) return fail(ErrorKind::malformed, who + " holds no token");
  if (!is_token68(token)) return fail(ErrorKind::malformed, who + " holds a token with characters that no token has");
  TokenAnswer answer;
  answer.token = base::Secret(std::string(token));
  const std::uint64_t life = base::find_unsigned(*object, "expires_in").value_or(60);
  answer.life = std::chrono::seconds(static_cast<std::int64_t>(std::clamp<std::uint64_t>(life, 60, 86'400)));
  return answer;
}

std::string basic_authorization(std::string_view username, std::string_view password) {
  return "Basic " + base::to_base64(std::string(username) + ":" + std::string(password));
}

}  // namespace lock::registry
