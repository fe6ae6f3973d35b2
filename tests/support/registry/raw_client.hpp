// The plainest client there is, for tests of the scripted registry itself: bytes out, bytes in until the connection
// ends or `most_time` is over. No TLS. Throws std::runtime_error when it cannot connect.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "resolver/base/bytes.hpp"

namespace lock::test {

struct RawAnswer {
  Bytes bytes;
  bool ended = false;  // by the server, in whatever way
  bool reset = false;
  std::chrono::milliseconds took{0};
  [[nodiscard]] int status() const;
  [[nodiscard]] std::string header(std::string_view name) const;  // empty when missing
  [[nodiscard]] std::string body() const;                         // chunked stays chunked
};

[[nodiscard]] RawAnswer exchange(std::uint16_t port, std::string_view bytes,
                                 std::chrono::milliseconds most_time = std::chrono::milliseconds(3000),
                                 std::size_t most_bytes = SIZE_MAX, const std::string& address = "127.0.0.1");

// One request with `Connection: close` in mind: reads until Content-Length is there or the connection ends.
[[nodiscard]] RawAnswer ask(std::uint16_t port, std::string_view method, std::string_view target,
                            std::string_view more_headers = {}, std::string_view body = {});

}  // namespace lock::test
