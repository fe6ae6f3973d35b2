// An HTTP/1.1 server that lives in the test process and has full control over what goes onto the wire.
//
// One thread, one epoll loop, as many listening sockets ("doors") as a test wants, each on a free port of a loopback
// address. A handler turns each request into a Script: bytes, waits, drips, endless repetition, a clean or a rude end.
// Nothing in the server repairs what the script says, so every ugly answer can be given. Starting and stopping takes
// about a millisecond; nothing sleeps.
//
// The handler runs on the server's thread. The constructor, destructor and the counters may be used from any other.
// Requests are parsed leniently (RFC 9112, Content-Length and chunked bodies, Expect: 100-continue); one that cannot be
// parsed, or is larger than 512 MiB, ends its connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "resolver/base/bytes.hpp"
#include "tests/support/registry/tls.hpp"

namespace lock::test {

struct Request {
  std::string method;
  std::string target;                                        // as on the wire: path and query
  std::string path;                                          // of the target, still percent-encoded
  std::string query;                                         // without '?'
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case, in order
  Bytes body;
  std::size_t door = 0;
  std::uint64_t connection = 0;                                   // counts from 1 over all doors
  [[nodiscard]] std::string header(std::string_view name) const;  // several fields joined with ", "; empty when none
  [[nodiscard]] bool has(std::string_view name) const;
};

// The value of one parameter of `a=b&c=d`, decoded; every value of it.
[[nodiscard]] std::optional<std::string> parameter(std::string_view query, std::string_view name);
[[nodiscard]] std::vector<std::string> parameters(std::string_view query, std::string_view name);
[[nodiscard]] std::string percent_decode(std::string_view text);

struct Step {
  enum class Kind : std::uint8_t {
    send,    // bytes
    wait,    // pause
    drip,    // bytes, `amount` of them at a time with `pause` between
    repeat,  // bytes, `amount` times
    hang,    // nothing more, connection left open until the peer or the server ends
    finish,  // close, after what was sent has left
    reset,   // close with a TCP reset
  };
  Kind kind = Kind::send;
  Bytes bytes{};
  std::size_t amount = 0;
  std::chrono::milliseconds pause{0};
};
using Script = std::vector<Step>;

struct Door {
  std::string address = "127.0.0.1";  // or 127.0.0.2, ::1, …: loopback only
  std::optional<TlsOptions> tls{};
  // What the kernel does alone is still done: a handshake of TCP, or not even that (Linux leaves a SYN without an
  // answer where the queue of connections that nobody accepts is full).
  enum class Deaf : std::uint8_t { no, to_bytes, to_connections };
  Deaf deaf = Deaf::no;
};

class HttpServer {
 public:
  using Handler = std::function<Script(const Request&)>;
  HttpServer(const std::vector<Door>& doors, Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] std::uint16_t port(std::size_t door) const;
  [[nodiscard]] std::uint64_t connections(std::size_t door) const;  // accepted since the start
  [[nodiscard]] std::uint64_t bytes_sent() const;                   // before TLS
  [[nodiscard]] std::uint64_t bytes_received() const;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace lock::test
