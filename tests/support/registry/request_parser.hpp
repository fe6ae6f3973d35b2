// Bytes of one connection in, whole requests out. Bodies by Content-Length or chunked; several requests may stand in
// the buffer. Not thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/support/registry/http_server.hpp"

namespace lock::test {

class RequestParser {
 public:
  void feed(std::string_view bytes);
  // The next request that is complete.
  [[nodiscard]] std::optional<Request> take();
  // Once for each request that asks for it: the client waits for `100 Continue` before it sends the body.
  [[nodiscard]] bool wants_continue();
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  enum class State : std::uint8_t { head, body, chunk_size, chunk, chunk_end, trailer, complete };
  bool parse_head();
  bool parse_line(std::string_view& line);
  void step();

  Bytes buffer_;
  State state_ = State::head;
  Request request_;
  std::size_t left_ = 0;  // of the body or of the chunk
  bool continue_ = false;
  bool failed_ = false;
};

}  // namespace lock::test
