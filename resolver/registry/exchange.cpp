#include "resolver/registry/exchange.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "resolver/base/text.hpp"
#include "resolver/registry/error_body.hpp"

namespace lock::registry {
namespace {

constexpr int most_connect_failures = 3;  // rounds of failed connecting before a host counts as dead
constexpr int most_deadlines = 4;         // requests in a row that ran out of time
constexpr std::size_t most_warnings = 64;

std::string request_text(const HttpRequest& request) { return request.method + " " + request.url.redacted(); }

// Storage behind a redirect is asked for a part as well: a signature in a URL does not cover the header. A server may
// disregard it (RFC 9110 section 14.2).
void ask_for_rest(HttpRequest& request, std::uint64_t received) {
  std::erase_if(request.headers, [](const Header& header) { return header.name == "Range"; });
  if (received > 0) request.headers.push_back({"Range", "bytes=" + std::to_string(received) + "-"});
}

std::string wait_text(std::chrono::milliseconds wait) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  if (seconds < 120) return std::to_string(seconds) + " s";
  if (seconds < 7200) return std::to_string(seconds / 60) + " minutes";
  return std::to_string(seconds / 3600) + " hours";
}

}  // namespace

struct Exchange::Host {
  std::string origin;
  std::string proxy;                // empty: none
  std::optional<Locality> literal;  // where the host is an address
  int limit = 1;                    // in flight now
  int ceiling = 1;                  // that `limit` may grow to
  int in_flight = 0;
  std::deque<std::coroutine_handle<>> waiting;
  Clock::time_point not_before{};
  Clock::time_point next_slot{};
  std::optional<Error> closed;        // for all requests
  std::optional<Error> quota_closed;  // for GETs of manifests: the pull quota is used up
  std::optional<Locality> locality;
  int connect_failures = 0;
  int deadlines = 0;
  std::uint64_t requests = 0;
  std::uint64_t retries = 0;
  HostStatistics* statistics = nullptr;

  struct Turn {
    Host* host;
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> caller) { host->waiting.push_back(caller); }
    void await_resume() const noexcept {}
  };
};

// What one attempt means: an answer for the asker, an error for it, or another attempt after the host's back-off.
struct Exchange::Verdict {
  bool retry = false;
  std::optional<Error> error;
};

// That come within a request's deadline where more than a drip comes.
std::uint64_t Exchange::fewest_bytes(const HttpRequest& request) const {
  return static_cast<std::uint64_t>(configuration_->http.slowest * request.deadline.count() / 1'000);
}

Exchange::Exchange(HttpLoop& loop, const RegistryConfiguration& configuration, Statistics& statistics)
    : loop_(&loop),
      configuration_(&configuration),
      statistics_(&statistics),
      spread_state_(static_cast<std::uint64_t>(Clock::now().time_since_epoch().count()) | 1U) {}

Exchange::~Exchange() = default;

Exchange::Host& Exchange::host_of(const Url& url) {
  std::string origin = url.origin();
  std::unique_ptr<Host>& host = hosts_[origin];
  if (host == nullptr) {
    host = std::make_unique<Host>();
    host->origin = std::move(origin);
    host->proxy = proxy_for(configuration_->environment, url);
    host->literal = locality_of(url.host);
    host->statistics = &statistics_->hosts[host->origin];
  }
  return *host;
}

std::optional<Locality> Exchange::known_locality(const Url& url) const {
  const auto found = hosts_.find(url.origin());
  return found == hosts_.end() ? std::nullopt : found->second->locality;
}

// A number in [0, 1) that keeps waits apart (xorshift64*). It decides about pauses only, never about a result.
double Exchange::spread() {
  spread_state_ ^= spread_state_ >> 12;
  spread_state_ ^= spread_state_ << 25;
  spread_state_ ^= spread_state_ >> 27;
  return static_cast<double>((spread_state_ * 0x2545f4914f6cdd1dULL) >> 11) * 0x1.0p-53;
}

void Exchange::wake(Host& host, std::size_t count) {
  for (; count > 0 && !host.waiting.empty(); --count) {
    loop_->ready().post(host.waiting.front());
    host.waiting.pop_front();
  }
}

void Exchange::close(Host& host, Error error) {
  if (!host.closed) host.closed = std::move(error);
  wake(host, host.waiting.size());
}

Task<Result<bool>> Exchange::enter(Host& host, const ExchangeRequest& request) {
  if (host.requests == 0) {
    host.ceiling = request.http.url.scheme == "https" ? request.streams : request.connections;
    host.limit = host.ceiling;
  }
  while (true) {
    if (host.closed) co_return std::unexpected(*host.closed);
    if (host.quota_closed && request.kind == RequestKind::manifest && request.http.method == "GET") {
      co_return std::unexpected(*host.quota_closed);
    }
    if (loop_->run_is_over()) break;  // the loop says so itself
    const Clock::time_point now = Clock::now();
    if (now < host.not_before) {
      co_await loop_->sleep_until(host.not_before);
    } else if (host.in_flight >= host.limit) {
      co_await Host::Turn{&host};
    } else if (request.requests_per_second > 0 && now < host.next_slot) {
      co_await loop_->sleep_until(host.next_slot);
    } else {
      break;
    }
  }
  if (request.requests_per_second > 0) {
    const auto interval = std::chrono::duration<double>(1 / request.requests_per_second);
    host.next_slot = std::max(host.next_slot, Clock::now()) + std::chrono::duration_cast<Clock::duration>(interval);
  }
  ++host.in_flight;
  ++host.requests;
  ++host.statistics->requests[{request.kind, request.http.method}];
  co_return true;
}

void Exchange::leave(Host& host) {
  --host.in_flight;
  wake(host, static_cast<std::size_t>(std::max(0, host.limit - host.in_flight)));
}

void Exchange::note_answer(Host& host, const ExchangeRequest& request, const HttpAnswer& answer) {
  host.connect_failures = 0;
  host.deadlines = 0;
  // Through a proxy the address is the proxy's and says nothing about the host.
  host.locality = host.proxy.empty() ? answer.locality : host.literal.value_or(Locality::internet);
  host.statistics->http2 = answer.http2;
  host.ceiling = answer.http2 ? request.streams : request.connections;
  host.limit = std::min(host.limit, host.ceiling);
  if (!is_transient_status(answer.status)) host.limit = std::min(host.limit + 1, host.ceiling);

  if (answer.headers.has("ratelimit-remaining")) {
    host.statistics->quota_last = base::harmless(answer.headers.first("ratelimit-remaining"), 60);
    host.statistics->quota_limit = base::harmless(answer.headers.first("ratelimit-limit"), 60);
    if (host.statistics->quota_first.empty()) host.statistics->quota_first = host.statistics->quota_last;
  }
  for (const std::string_view field : answer.headers.all("warning")) {
    const auto text = warning_text(field);
    if (text && statistics_->warnings.size() < most_warnings) {
      statistics_->warnings.insert(request.http.url.authority() + " says: " + base::harmless(*text, 300));
    }
  }
}

// One back-off for the host, and half as many requests when it is over: no thundering herd.
void Exchange::note_transient(Host& host, std::chrono::milliseconds wait) {
  const Clock::time_point now = Clock::now();
  if (now >= host.not_before) host.limit = std::max(1, host.limit / 2);
  host.not_before = std::max(host.not_before, now + wait);
}

bool Exchange::spend_retry(Host& host) {
  if (host.retries >= 16 + host.requests / 4) return false;
  ++host.retries;
  ++host.statistics->retries;
  return true;
}

// What all are told whose questions a closed host leaves open: the registry's words, without the URL of one of them, so
// that it is one cause.
Error Exchange::closing_error(const Host& host, const ExchangeRequest& request, Error error) {
  const std::string first = request_text(request.http) + ": ";
  if (error.message.starts_with(first)) error.message = error.message.substr(first.size());
  error.message = host.origin + " is not asked any more: " + error.message;
  return error;
}

Exchange::Verdict Exchange::judge_failure(Host& host, const ExchangeRequest& request, const HttpFailure& failure,
                                          Attempt attempt) {
  const Error error = while_doing(request_text(request.http), failure.error).error();
  const Patience patience = decide_patience(configuration_->retry, attempt.failures, std::nullopt, spread());
  const bool again = request.repeatable && patience.next == Patience::Next::retry;
  switch (failure.stage) {
    case HttpStage::name:
    case HttpStage::connect: {
      // Requests that failed together count as one round: the first of them starts the back-off.
      if (Clock::now() >= host.not_before && ++host.connect_failures < most_connect_failures) {
        note_transient(host, backoff_wait(configuration_->retry, host.connect_failures, spread()));
      }
      if (host.connect_failures < most_connect_failures) return {.retry = true};
      Error dead = failure.error;
      dead.message = host.origin + " cannot be reached: " + dead.message;
      close(host, dead);
      return {.error = std::move(dead)};
    }
    case HttpStage::tls: {
      Error dead = failure.error;
      dead.message = "no secure connection to " + host.origin + ": " + dead.message;
      close(host, dead);
      return {.error = std::move(dead)};
    }
    case HttpStage::interrupted:
      if (!again || !spend_retry(host)) return {.error = error};
      note_transient(host, patience.wait);
      return {.retry = true};
    case HttpStage::deadline:
      // What came is kept, so that another attempt has less to do; after one in which next to nothing moved there is no
      // point in it.
      if (attempt.moved > fewest_bytes(request.http) && again && spend_retry(host)) return {.retry = true};
      if (++host.deadlines >= most_deadlines) close(host, closing_error(host, request, error));
      return {.error = error};
    case HttpStage::run_deadline: return {.error = failure.error};  // the same for all that is still open
    default: return {.error = error};
  }
}

Exchange::Verdict Exchange::judge_status(Host& host, const ExchangeRequest& request, const HttpAnswer& answer,
                                         int failures) {
  if (!is_transient_status(answer.status)) return {};
  if (answer.status == 429 && is_pull_quota(answer.body, answer.headers.first("ratelimit-remaining"))) {
    Error error = answer_error(request.http.method, request.http.url, answer,
                               "the pull quota of this registry is used up: wait, sign in, or configure a mirror");
    if (!host.quota_closed) host.quota_closed = closing_error(host, request, std::move(error));
    return {.error = host.quota_closed};
  }
  std::optional<std::chrono::milliseconds> asked;
  if (answer.headers.has("retry-after")) {
    asked = parse_retry_after(answer.headers.first("retry-after"), configuration_->now());
  }
  const Patience patience = decide_patience(configuration_->retry, failures, asked, spread());
  if (patience.next == Patience::Next::close_host) {
    Error error = answer_error(request.http.method, request.http.url, answer,
                               "it asks to be left alone for " + wait_text(patience.wait) + ": run again after that");
    close(host, closing_error(host, request, std::move(error)));
    return {.error = host.closed};
  }
  if (!request.repeatable || patience.next == Patience::Next::give_up || !spend_retry(host)) {
    Error error = answer_error(request.http.method, request.http.url, answer);
    if (failures > 1) error.message += " (asked " + std::to_string(failures) + " times)";
    note_transient(host, backoff_wait(configuration_->retry, 1, spread()));
    return {.error = std::move(error)};
  }
  note_transient(host, patience.wait);
  return {.retry = true};
}

Exchange::Verdict Exchange::judge(Host& host, const ExchangeRequest& request, const HttpResult& result,
                                  Attempt attempt) {
  if (!result) return judge_failure(host, request, result.error(), attempt);
  note_answer(host, request, *result);
  return judge_status(host, request, *result, attempt.failures);
}

Task<Result<HttpAnswer>> Exchange::ask(ExchangeRequest request) {
  Host& host = host_of(request.http.url);
  if (configuration_->offline) {
    co_return fail(ErrorKind::unreachable, request_text(request.http) + ": not asked, since this run is offline");
  }
  request.http.proxy = host.proxy;
  const auto known = host.literal ? host.literal : host.locality;
  if (known && *known > request.http.most_local) {
    co_return fail(ErrorKind::refused, request_text(request.http) + ": it leads to " + std::string(name_of(*known)) +
                                           ", which this registry has no business with");
  }
  for (int failures = 1;; ++failures) {
    Result<bool> entered = co_await enter(host, request);
    if (!entered) co_return std::unexpected(entered.error());
    const std::uint64_t before = request.received ? request.received() : 0;
    if (request.received) ask_for_rest(request.http, before);
    HttpResult result = co_await loop_->send(request.http);
    const std::uint64_t after = request.received ? request.received() : 0;
    const std::uint64_t moved = after > before ? after - before : 0;
    const Verdict verdict = judge(host, request, result, {failures, moved});
    leave(host);
    if (verdict.retry) continue;
    if (verdict.error) co_return std::unexpected(*verdict.error);
    result->url = std::move(request.http.url);
    co_return std::move(*result);
  }
}

std::string status_text(int status) {
  static constexpr std::array<std::pair<int, std::string_view>, 25> phrases{{
      {301, "Moved Permanently"},
      {302, "Found"},
      {303, "See Other"},
      {304, "Not Modified"},
      {307, "Temporary Redirect"},
      {308, "Permanent Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {410, "Gone"},
      {413, "Content Too Large"},
      {415, "Unsupported Media Type"},
      {416, "Range Not Satisfiable"},
      {429, "Too Many Requests"},
      {451, "Unavailable For Legal Reasons"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
  }};
  const auto* const found = std::ranges::find(phrases, status, &std::pair<int, std::string_view>::first);
  std::string text = std::to_string(status);
  if (found != phrases.end()) text.append(" ").append(found->second);
  return text;
}

Error refusal_of(const Url& url, const HttpAnswer& answer, std::string hint) {
  std::string message = url.origin() + " refuses: " + status_text(answer.status);
  const ErrorBody body = parse_error_body(answer.body, answer.headers.first("content-type"));
  if (!body.text.empty()) message += ": " + body.text;
  return Error{ErrorKind::refused, std::move(message), std::nullopt, std::move(hint), nullptr};
}

Error answer_error(std::string_view method, const Url& url, const HttpAnswer& answer, std::string hint) {
  ErrorKind kind = ErrorKind::unsupported;
  if (answer.status == 401 || answer.status == 403) kind = ErrorKind::refused;
  if (answer.status == 404 || answer.status == 410) kind = ErrorKind::absent;
  if (answer.status == 408 || answer.status == 429 || answer.status >= 499) kind = ErrorKind::unreachable;
  std::string message = std::string(method) + " " + url.redacted() + ": " + status_text(answer.status);
  const ErrorBody body = parse_error_body(answer.body, answer.headers.first("content-type"));
  if (!body.text.empty()) message += ": " + body.text;
  return Error{kind, std::move(message), std::nullopt, std::move(hint), nullptr};
}

}  // namespace lock::registry
