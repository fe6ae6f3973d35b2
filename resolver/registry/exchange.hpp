// One request at one host, with patience. What all requests to a host share lives here: how many may be in flight, the
// back-off after a transient failure, the retry budget, and whether the host is still worth asking. Knows nothing of
// registries, tokens or redirects.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "resolver/registry/configuration.hpp"
#include "resolver/registry/http.hpp"
#include "resolver/registry/statistics.hpp"

namespace lock::registry {

struct ExchangeRequest {
  HttpRequest http;
  RequestKind kind = RequestKind::other;
  bool repeatable = true;  // false: a transient failure is final (a chunk of an upload)
  // How many bytes of the answer are there from earlier attempts; where they are some, only the rest is asked for. May
  // be empty: every attempt is for the whole.
  std::function<std::uint64_t()> received;
  int connections = 8;  // of the host, over HTTP/1.1
  int streams = 100;    // of the host, over HTTP/2
  double requests_per_second = 0;
};

class Exchange {
 public:
  Exchange(HttpLoop& loop, const RegistryConfiguration& configuration, Statistics& statistics);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // An answer with any status that is not transient. Errors name the request and the cause; a transient status that
  // did not go away is `unreachable` and carries the registry's own words.
  [[nodiscard]] Task<Result<HttpAnswer>> ask(ExchangeRequest request);

  [[nodiscard]] HttpLoop& loop() { return *loop_; }
  [[nodiscard]] Statistics& statistics() { return *statistics_; }
  // How local the address of an origin was when it last answered.
  [[nodiscard]] std::optional<Locality> known_locality(const Url& url) const;

 private:
  struct Host;
  [[nodiscard]] Host& host_of(const Url& url);
  [[nodiscard]] Task<Result<bool>> enter(Host& host, const ExchangeRequest& request);
  void leave(Host& host);
  void wake(Host& host, std::size_t count);
  void close(Host& host, Error error);
  void note_answer(Host& host, const ExchangeRequest& request, const HttpAnswer& answer);
  void note_transient(Host& host, std::chrono::milliseconds wait);
  [[nodiscard]] double spread();

  [[nodiscard]] static Error closing_error(const Host& host, const ExchangeRequest& request, Error error);

  struct Attempt {
    int failures = 1;         // this one included, if it is one
    std::uint64_t moved = 0;  // bytes of the rest of an answer that came
  };
  struct Verdict;
  [[nodiscard]] Verdict judge(Host& host, const ExchangeRequest& request, const HttpResult& result, Attempt attempt);
  [[nodiscard]] Verdict judge_failure(Host& host, const ExchangeRequest& request, const HttpFailure& failure,
                                      Attempt attempt);
  [[nodiscard]] Verdict judge_status(Host& host, const ExchangeRequest& request, const HttpAnswer& answer,
                                     int failures);
  [[nodiscard]] bool spend_retry(Host& host);
  [[nodiscard]] std::uint64_t fewest_bytes(const HttpRequest& request) const;

  HttpLoop* loop_;
  const RegistryConfiguration* configuration_;
  Statistics* statistics_;
  std::map<std::string, std::unique_ptr<Host>> hosts_;
  std::uint64_t spread_state_;
};

// `GET https://host/path: 403 Forbidden: DENIED: requested access to the resource is denied`, with the kind that the
// status means: 401 and 403 refused, 404 absent, 408, 429 and 5xx unreachable, others unsupported.
[[nodiscard]] Error answer_error(std::string_view method, const Url& url, const HttpAnswer& answer,
                                 std::string hint = {});
// `https://host refuses: 403 Forbidden: DENIED: …`, of kind `refused`: without the path, so that it is one cause for
// all that is asked there.
[[nodiscard]] Error refusal_of(const Url& url, const HttpAnswer& answer, std::string hint = {});
[[nodiscard]] std::string status_text(int status);

}  // namespace lock::registry
