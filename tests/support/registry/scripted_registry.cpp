// Routing, authentication, faults and counting; what is served stands in serving.cpp, pushing in uploads.cpp.
#include "tests/support/registry/scripted_registry.hpp"

#include <algorithm>
#include <stdexcept>

#include "resolver/base/encoding.hpp"
#include "resolver/base/text.hpp"
#include "tests/support/registry/routes.hpp"

namespace lock::test {
namespace {

namespace json = boost::json;
constexpr std::array<std::string_view, 3> door_names{"registry", "token", "other"};
constexpr std::size_t most_log = 500'000;

std::size_t door_number(std::string_view name) {
  const auto found = std::ranges::find(door_names, name);
  if (found == door_names.end()) throw std::runtime_error("there is no door " + std::string(name));
  return static_cast<std::size_t>(found - door_names.begin());
}

std::string authorization_kind(const Request& request) {
  const std::string value = base::to_lower(request.header("authorization"));
  if (value.empty()) return "none";
  if (value.starts_with("basic ")) return "basic";
  return value.starts_with("bearer ") ? "bearer" : "other";
}

// User and password of a Basic header.
std::optional<std::pair<std::string, std::string>> basic_of(const Request& request) {
  const std::string value = request.header("authorization");
  if (!base::to_lower(value).starts_with("basic ")) return std::nullopt;
  const auto decoded = base::from_base64(base::trim(std::string_view(value).substr(6)));
  if (!decoded || !decoded->contains(':')) return std::nullopt;
  return std::pair(decoded->substr(0, decoded->find(':')), decoded->substr(decoded->find(':') + 1));
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (const std::string_view word : base::split(text, ' ')) {
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

}  // namespace

Answer error_answer(int status, std::string_view code, std::string_view message) {
  Answer answer{.status = status};
  answer.body =
      json::serialize(json::object{{"errors", json::array{json::object{{"code", code}, {"message", message}}}}});
  answer.set("Content-Type", "application/json");
  return answer;
}

std::string LogEntry::text() const {
  std::string out = door + " " + method + " " + target + " -> " + std::to_string(status) + " (" + authorization;
  if (!scope.empty()) out += ", scope " + scope;
  if (!accept.empty()) out += ", accept " + accept;
  if (body != 0) out += ", " + std::to_string(body) + " bytes";
  return out + ", connection " + std::to_string(connection) + ")";
}

std::size_t Counters::all() const { return of(""); }

std::size_t Counters::of(std::string_view prefix) const {
  std::size_t sum = 0;
  for (const auto& [what, count] : requests) {
    if (!what.starts_with(prefix)) continue;
    const bool whole_words = what.size() == prefix.size() || prefix.empty() || what[prefix.size()] == ' ';
    if (whole_words) sum += count;
  }
  return sum;
}

ScriptedRegistry::ScriptedRegistry(RegistryOptions options)
    : personality_(std::move(options.personality)),
      faults_(std::move(options.faults)),
      scheme_(options.identity ? "https" : "http"),
      address_(std::move(options.address)) {
  std::optional<TlsOptions> tls;
  if (options.identity) tls = TlsOptions{.identity = *options.identity, .client_authority = options.client_authority};
  const std::vector<Door> doors{{.address = address_, .tls = tls, .deaf = options.deaf},
                                {.address = address_, .tls = tls},
                                {.address = "127.0.0.2", .tls = tls}};
  // The thread starts inside the constructor; the guard keeps its first request until `server_` is set.
  const std::scoped_lock held(guard_);
  server_ = std::make_unique<HttpServer>(doors, [this](const Request& request) { return handle(request); });
}

ScriptedRegistry::~ScriptedRegistry() = default;

std::uint16_t ScriptedRegistry::port(std::string_view door) const { return server_->port(door_number(door)); }

std::string ScriptedRegistry::host(std::string_view door) const {
  if (const auto found = announced_.find(std::string(door)); found != announced_.end()) return found->second.first;
  const std::string address = door == "other" ? "127.0.0.2" : address_;
  return (address.contains(':') ? "[" + address + "]" : address) + ":" + std::to_string(port(door));
}

std::string ScriptedRegistry::url(std::string_view door) const {
  const auto found = announced_.find(std::string(door));
  return (found != announced_.end() ? found->second.second : scheme_) + "://" + host(door);
}

void ScriptedRegistry::change(const std::function<void(Content&)>& how) {
  const std::scoped_lock held(guard_);
  how(content_);
}

std::string ScriptedRegistry::digest_of(std::string_view name) const {
  const std::scoped_lock held(guard_);
  return content_.digest_of(name);
}

std::string ScriptedRegistry::expand(std::string_view text) const {
  const std::scoped_lock held(guard_);
  return fill(text, {});
}

void ScriptedRegistry::set_faults(std::vector<Fault> faults) {
  const std::scoped_lock held(guard_);
  faults_ = std::move(faults);
}

void ScriptedRegistry::add_fault(Fault fault) {
  const std::scoped_lock held(guard_);
  faults_.push_back(std::move(fault));
}

void ScriptedRegistry::set_personality(Personality personality) {
  const std::scoped_lock held(guard_);
  personality_ = std::move(personality);
}

void ScriptedRegistry::define(const std::string& name, const std::string& value) {
  const std::scoped_lock held(guard_);
  definitions_[name] = value;
}

void ScriptedRegistry::announce(std::string_view door, const std::string& host_and_port, const std::string& scheme) {
  const std::scoped_lock held(guard_);
  announced_[std::string(door)] = {host_and_port, scheme};
}

Counters ScriptedRegistry::counters() const {
  const std::scoped_lock held(guard_);
  return count();
}

Counters ScriptedRegistry::count() const {
  Counters counters{.tokens = tokens_by_scope_, .blob_bytes_received = blob_bytes_received_};
  for (const LogEntry& entry : log_) {
    ++counters.requests[entry.method + " " + entry.kind + " " + std::to_string(entry.status)];
    counters.manifest_gets += entry.method == "GET" && entry.kind == "manifest" && entry.status == 200 ? 1 : 0;
  }
  for (std::size_t i = 0; i < door_names.size(); ++i) {
    if (const std::size_t opened = server_->connections(i); opened > 0) {
      counters.connections[std::string(door_names[i])] = opened;
    }
  }
  counters.bytes_sent = server_->bytes_sent();
  return counters;
}

std::vector<LogEntry> ScriptedRegistry::log() const {
  const std::scoped_lock held(guard_);
  return log_;
}

void ScriptedRegistry::forget() {
  const std::scoped_lock held(guard_);
  log_.clear();
  tokens_by_scope_.clear();
  asked_.clear();
  blob_bytes_received_ = 0;
}

std::string ScriptedRegistry::scope_of(const Question& question) const {
  const bool pushes = question.kind == "upload" || question.method == "PUT" || question.method == "DELETE";
  std::string scope = expand_with(personality_.scope, [&](std::string_view key) -> std::optional<std::string> {
    if (key == "repository") return question.repository;
    return std::nullopt;
  });
  if (pushes && scope.ends_with(":pull")) scope += ",push";
  return scope;
}

std::string ScriptedRegistry::fill(std::string_view text, const Question& question) const {
  const std::string own = expand_with(text, [&](std::string_view key) -> std::optional<std::string> {
    if (key == "repository") return question.repository;
    if (key == "reference") return question.reference;
    if (key == "path") return question.path;
    if (key == "query") return question.query;
    if (key == "scope") return scope_of(question);
    if (key == "service") return personality_.service;
    if (key == "scheme") return scheme_;
    if (key == "counter") return std::to_string(log_.size());
    if (key.ends_with("-url")) return url(key.substr(0, key.size() - 4));
    if (std::ranges::find(door_names, key) != door_names.end()) return host(key);
    const auto found = definitions_.find(std::string(key));
    return found == definitions_.end() ? std::nullopt : std::optional(found->second);
  });
  return content_.expand(own);
}

Script ScriptedRegistry::handle(const Request& request) {
  const std::scoped_lock held(guard_);
  if (request.path.starts_with("/_")) return script_of(admin(request), request.method == "HEAD", {});
  Question question = route(request, personality_.token.path);
  question.door = door_names.at(request.door);
  question.authorization = authorization_kind(request);
  LogEntry entry{.door = question.door,
                 .method = request.method,
                 .kind = question.kind,
                 .target = request.target,
                 .repository = question.repository,
                 .authorization = question.authorization,
                 .accept = question.accept,
                 .scope = {},
                 .host = request.header("host"),
                 .connection = request.connection,
                 .body = request.body.size()};
  Answer reply = answer(request, question, entry);
  const std::size_t nth = asked_[request.method + " " + request.target]++;
  std::vector<Fault> struck;
  const int status = reply.status;
  const auto strike = [&](std::vector<Fault>& faults) {
    for (Fault& fault : faults) {
      if (!strikes(fault, question, status, nth)) continue;
      struck.push_back(fault);
      if (fault.raw) struck.back().raw = fill(*fault.raw, question);
      lock::test::change(fault, reply, [&](std::string_view text) { return fill(text, question); });
    }
  };
  strike(personality_.faults);
  strike(faults_);
  entry.status = reply.status;
  if (log_.size() < most_log) log_.push_back(std::move(entry));
  return script_of(reply, request.method == "HEAD", struck);
}

Answer ScriptedRegistry::answer(const Request& request, Question& question, LogEntry& entry) {
  if (question.kind == "token") return token_answer(request, entry);
  if (question.kind == "storage") {
    if (request.has("authorization")) {
      return error_answer(400, "InvalidArgument", "Only one auth mechanism allowed");
    }
    return blob(request, question, true);
  }
  if (question.kind == "unknown") return error_answer(404, "NOT_FOUND", "no such route");
  const Grant grant = authorize(request, question, entry);
  if (!grant.allowed) return challenge(question, grant.insufficient);
  if (question.kind == "ping") {
    Answer pong{.body = "{}"};
    pong.set("Content-Type", "application/json");
    pong.set("Docker-Distribution-Api-Version", "registry/2.0");
    return pong;
  }
  const bool pushes = question.method == "PUT" || question.kind == "upload";
  if (content_.find(question.repository) == nullptr && !pushes) {
    return personality_.unknown_repository == 401
               ? challenge(question, true)
               : error_answer(personality_.unknown_repository,
                              personality_.unknown_repository == 404 ? "NAME_UNKNOWN" : "DENIED",
                              personality_.unknown_repository == 404 ? "repository name not known to registry"
                                                                     : "requested access to the resource is denied");
  }
  return serve(request, question);
}

bool ScriptedRegistry::may(const std::string& account, const std::string& repository) const {
  if (!account.empty()) return true;
  return std::ranges::none_of(personality_.private_repositories,
                              [&](const std::string& glob) { return glob_matches(glob, repository); });
}

ScriptedRegistry::Grant ScriptedRegistry::authorize(const Request& request, const Question& question, LogEntry& entry) {
  if (personality_.authentication == Authentication::none) return {};
  if (personality_.authentication == Authentication::basic) {
    const auto basic = basic_of(request);
    if (!basic) return {.allowed = false};
    entry.authorization = "basic " + basic->first;
    const auto user = personality_.users.find(basic->first);
    const bool known = user != personality_.users.end() && user->second == basic->second;
    return {.allowed = known, .account = known ? basic->first : ""};
  }
  const std::string header = request.header("authorization");
  if (question.authorization != "bearer") return {.allowed = false};
  const auto found = tokens_.find(header.substr(7));
  if (found == tokens_.end()) {
    entry.authorization = "bearer ?";
    return {.allowed = false};
  }
  Token& token = found->second;
  entry.authorization = "bearer " + std::to_string(token.number);
  if (token.used++ >= personality_.token.uses) return {.allowed = false};
  if (question.kind == "ping") return {.account = token.account};
  const std::string wanted = scope_of(question);
  const bool good = std::ranges::any_of(
      token.scopes, [&](const std::string& scope) { return scope == wanted || scope.starts_with(wanted + ","); });
  return {.allowed = good, .insufficient = !good, .account = token.account};
}

Answer ScriptedRegistry::challenge(const Question& question, bool insufficient) {
  Answer answer = error_answer(401, "UNAUTHORIZED", "authentication required");
  const bool ping = question.kind == "ping";
  std::vector<std::string> fields =
      ping && !personality_.ping_challenges.empty() ? personality_.ping_challenges : personality_.challenges;
  if (fields.empty() && personality_.authentication == Authentication::basic) fields = {R"(Basic realm="registry")"};
  if (fields.empty()) {
    fields = {"Bearer realm=\"" + url(personality_.token.door) + personality_.token.path + "\",service=\"${service}\"" +
              (ping ? "" : ",scope=\"${scope}\"")};
  }
  for (const std::string& field : fields) {
    if (field.empty()) continue;  // a personality without any challenge says [""]
    std::string value = fill(field, question);
    if (insufficient && value.starts_with("Bearer")) value += R"(,error="insufficient_scope")";
    answer.headers.emplace_back("WWW-Authenticate", value);
  }
  return answer;
}

// docs/content/spec/auth/token.md and oauth.md of distribution.
Answer ScriptedRegistry::token_answer(const Request& request, LogEntry& entry) {
  const TokenServer& server = personality_.token;
  const bool post = request.method == "POST";
  const std::string form = post ? request.body : request.query;
  std::vector<std::string> scopes;
  for (const std::string& text : parameters(form, "scope")) {
    for (std::string& scope : words_of(text)) scopes.push_back(std::move(scope));
  }
  for (const std::string& scope : scopes) entry.scope += (entry.scope.empty() ? "" : " ") + scope;
  const int refused = post ? server.post : server.get;
  if (refused != 200) return error_answer(refused, "UNSUPPORTED", "token requests of this kind are not answered");
  std::string account;
  if (post) {
    const std::string secret = parameter(form, "refresh_token").value_or("");
    const auto found = personality_.identity_tokens.find(secret);
    const auto user = personality_.users.find(parameter(form, "username").value_or(""));
    const bool by_password = parameter(form, "grant_type") == "password" && user != personality_.users.end() &&
                             user->second == parameter(form, "password").value_or("");
    if (found != personality_.identity_tokens.end())
      account = found->second;
    else if (by_password)
      account = user->first;
    else
      return error_answer(401, "UNAUTHORIZED", "invalid refresh token");
  } else if (const auto basic = basic_of(request)) {
    entry.authorization = "basic " + basic->first;
    const auto user = personality_.users.find(basic->first);
    const auto identity = personality_.identity_tokens.find(basic->second);
    const bool by_identity = identity != personality_.identity_tokens.end();  // ACR: refresh token as password
    if (!by_identity && (user == personality_.users.end() || user->second != basic->second)) {
      return error_answer(401, "UNAUTHORIZED", "incorrect username or password");
    }
    account = by_identity ? identity->second : user->first;
  } else if (!server.anonymous) {
    return error_answer(401, "UNAUTHORIZED", "authentication required");
  }
  if (server.honours == "one" && scopes.size() > 1) return error_answer(400, "INVALID", "one scope only");
  if (server.honours == "first" && scopes.size() > 1) scopes.resize(1);
  if (server.honours == "last" && scopes.size() > 1) scopes.erase(scopes.begin(), scopes.end() - 1);
  std::erase_if(scopes, [&](const std::string& scope) {
    const auto parts = base::split(scope, ':');
    return parts.size() >= 3 && !may(account, std::string(parts[1]));
  });
  return give_token(scopes, account, entry);
}

Answer ScriptedRegistry::give_token(const std::vector<std::string>& scopes, const std::string& account,
                                    LogEntry& entry) {
  const TokenServer& server = personality_.token;
  const std::size_t number = next_token_++;
  const std::string secret = base::to_base64url("token " + std::to_string(number) + " of the scripted registry");
  tokens_[secret] = {.number = number, .scopes = scopes, .account = account};
  ++tokens_by_scope_[entry.scope];
  json::object body;
  if (server.member != "access_token") body["token"] = secret;
  if (server.member != "token") body["access_token"] = secret;
  if (server.expires_in) body["expires_in"] = *server.expires_in;
  if (!server.issued_at.empty()) body["issued_at"] = server.issued_at;
  Answer answer{.body = json::serialize(body)};
  answer.set("Content-Type", "application/json");
  return answer;
}

Answer ScriptedRegistry::admin(const Request& request) {
  Answer answer;
  try {
    if (request.path == "/_log") {
      for (const LogEntry& entry : log_) answer.body += entry.text() + "\n";
    } else if (request.path == "/_content" && request.method == "POST") {
      content_.describe(json::parse(request.body).as_array());
    } else if (request.path == "/_faults" && request.method == "POST") {
      faults_ = read_faults(json::parse(request.body).as_array());
    } else if (request.path == "/_forget" && request.method == "POST") {
      log_.clear();
      tokens_by_scope_.clear();
    } else if (request.path == "/_expand") {
      answer.body = fill(parameter(request.query, "text").value_or(""), {}) + "\n";
    } else if (request.path == "/_counters") {
      const Counters counters = count();
      answer.body = json::serialize(json::object{{"requests", json::value_from(counters.requests)},
                                                 {"tokens", json::value_from(counters.tokens)},
                                                 {"connections", json::value_from(counters.connections)},
                                                 {"manifest-gets", counters.manifest_gets},
                                                 {"blob-bytes-received", counters.blob_bytes_received}}) +
                    "\n";
    } else {
      return error_answer(404, "NOT_FOUND", "no such side page");
    }
  } catch (const std::exception& error) {
    return error_answer(400, "INVALID", error.what());
  }
  return answer;
}

}  // namespace lock::test
