// HTTP: one libcurl multi loop on the calling thread. Tasks (task.hpp) await `send`; hundreds of them are in flight at
// once, multiplexed over one HTTP/2 connection per host where the host offers it.
//
// What this file promises, whatever the server does: redirects are never followed here; only http and https are
// spoken; a body, a header block and an error body have caps that hold for chunked, compressed and lying answers
// alike (counted in the callback, no Accept-Encoding but identity); connecting, TLS, silence, each request and the
// whole run have deadlines; an address more local than a request allows is not connected to, checked on the resolved
// address itself. A failure says in which stage it happened, since only some stages are worth another attempt.
//
// Not thread-safe; `run_aside` moves one blocking call to a thread of its own and comes back to the loop.
#pragma once

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "resolver/base/bytes.hpp"
#include "resolver/base/descriptor.hpp"
#include "resolver/base/error.hpp"
#include "resolver/registry/address.hpp"
#include "resolver/registry/headers.hpp"
#include "resolver/registry/task.hpp"
#include "resolver/registry/url.hpp"

namespace lock::registry {

using Clock = std::chrono::steady_clock;

// Files and certificates of one host. Equal settings share connections.
struct TlsSettings {
  std::string authorities;  // PEM, beside the system's; empty: only the system's
  std::string certificate_file;
  std::string key_file;
};

// Part of an open file as the body of a request: read while it is sent, so that a layer of any size costs one buffer.
struct FileBody {
  std::shared_ptr<const base::Descriptor> file;  // null: none
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

struct HttpAnswer;

struct HttpRequest {
  std::string method = "GET";
  Url url;
  std::vector<Header> headers;
  Bytes body;                           // of POST, PUT and PATCH, unless
  FileBody file_body;                   // is there
  std::size_t most_body = 0;            // of the answer; more is a failure
  std::function<bool(BytesView)> sink;  // takes the body of a 2xx answer piece by piece instead of the answer
  std::function<void(const HttpAnswer&)> before_sink;  // sees status and headers first; may be empty
  std::chrono::milliseconds deadline{30'000};
  std::chrono::seconds silence{0};  // how long nothing may move; 0: as the loop has it
  std::shared_ptr<const TlsSettings> tls;
  std::string proxy;                           // empty: none
  Locality most_local = Locality::link_local;  // anything more local is refused; the default allows all
};

struct HttpAnswer {
  int status = 0;
  Headers headers;
  Bytes body;
  bool http2 = false;
  Locality locality = Locality::internet;  // of the address that answered; the proxy's where there is one
  Url url;                                 // that was asked: another than the first one's after a redirect
};

enum class HttpStage : std::uint8_t {
  name,         // the host's name could not be resolved
  connect,      // no connection
  tls,          // no TLS, or a certificate that is not trusted
  address,      // an address that the request does not allow
  interrupted,  // reset, or ended before the end
  deadline,     // of the request, or silence
  limit,        // a cap was reached
  run_deadline,
  local,  // a sink or libcurl itself failed
};

struct HttpFailure {
  HttpStage stage = HttpStage::local;
  Error error;
};

using HttpResult = std::expected<HttpAnswer, HttpFailure>;

struct HttpLimits {
  std::chrono::milliseconds connect{5'000};
  std::chrono::milliseconds tls{10'000};
  std::chrono::seconds silence{15};  // fewer than `slowest` bytes a second for so long ends a request
  long slowest = 64;
  std::size_t most_headers = std::size_t{64} << 10;
  long connections_per_host = 8;
  std::optional<Clock::time_point> run_deadline;
  std::map<std::string, std::string> addresses;  // of names, before the system is asked; for tests
};

struct HttpCounts {
  std::uint64_t requests = 0;
  std::uint64_t connections = 0;
  std::uint64_t bytes = 0;
};

class HttpLoop {
 public:
  HttpLoop(std::string user_agent, HttpLimits limits);
  ~HttpLoop();
  HttpLoop(const HttpLoop&) = delete;
  HttpLoop& operator=(const HttpLoop&) = delete;

  struct Transfer;

  // `HttpResult answer = co_await loop.send(request);` The request is the asker's own and stays until the answer.
  class Sending {
   public:
    Sending(HttpLoop& loop, const HttpRequest& request) : loop_(&loop), request_(&request) {}
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> caller) { loop_->begin(*this, caller); }
    HttpResult await_resume() { return std::move(*result_); }

   private:
    friend class HttpLoop;
    HttpLoop* loop_;
    const HttpRequest* request_;
    std::optional<HttpResult> result_;
  };
  [[nodiscard]] Sending send(const HttpRequest& request) { return Sending(*this, request); }
  Sending send(HttpRequest&&) = delete;

  // Resumes at that time, or at the run's deadline when that is earlier.
  class Sleeping {
   public:
    Sleeping(HttpLoop& loop, Clock::time_point until) : loop_(&loop), until_(until) {}
    [[nodiscard]] bool await_ready() const noexcept { return Clock::now() >= until_; }
    void await_suspend(std::coroutine_handle<> caller) { loop_->add_sleeper(until_, caller); }
    void await_resume() const noexcept {}

   private:
    HttpLoop* loop_;
    Clock::time_point until_;
  };
  [[nodiscard]] Sleeping sleep_until(Clock::time_point until) { return {*this, until}; }

  // Runs `work` on a thread of its own while the loop goes on.
  template <typename F>
  [[nodiscard]] auto run_aside(F work) {
    return Aside<F>(*this, std::move(work));
  }

  [[nodiscard]] ReadyQueue& ready() { return ready_; }
  [[nodiscard]] bool run_is_over() const;
  // Runs until every task that was started or posted is done or waits for nothing of this loop.
  void run();
  [[nodiscard]] const HttpCounts& counts() const { return counts_; }

 private:
  template <typename F>
  class Aside {
   public:
    using Value = std::invoke_result_t<F>;
    Aside(HttpLoop& loop, F work) : loop_(&loop), work_(std::move(work)) {}
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> caller) {
      loop_->begin_aside(
          [this] {
            try {
              value_.emplace(work_());
            } catch (...) {
              exception_ = std::current_exception();
            }
          },
          caller);
    }
    Value await_resume() {
      if (exception_) std::rethrow_exception(exception_);
      return std::move(*value_);
    }

   private:
    HttpLoop* loop_;
    F work_;
    std::optional<Value> value_;
    std::exception_ptr exception_;
  };

  void begin(Sending& sending, std::coroutine_handle<> caller);
  void add_sleeper(Clock::time_point until, std::coroutine_handle<> caller);
  void begin_aside(std::function<void()> work, std::coroutine_handle<> caller);
  [[nodiscard]] std::unique_ptr<Transfer> take_transfer();
  struct AuthorityFile;
  [[nodiscard]] const AuthorityFile* authorities_of(const HttpRequest& request);
  void collect_finished();
  void finish(Transfer& transfer, HttpResult result);
  void fail_unsent(const std::string& origin, const HttpFailure& failure);
  void end_overdue_connects();
  void wake_sleepers();
  void end_run();
  [[nodiscard]] int poll_milliseconds() const;

  struct State;
  std::unique_ptr<State> state_;
  ReadyQueue ready_;
  HttpLimits limits_;
  HttpCounts counts_;
};

}  // namespace lock::registry
