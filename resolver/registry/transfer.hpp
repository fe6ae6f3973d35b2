// One request inside the loop: libcurl's handle with its options and callbacks, and the translation of its end into an
// answer or a staged failure. Internal to http.cpp.
#pragma once

#include <curl/curl.h>

#include <array>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "resolver/registry/http.hpp"

namespace lock::registry {

// Certificate authorities as a file of this process alone. As a text, libcurl would copy and compare them for every
// request, which costs more than all the rest of it when they are the 220 KB of a system's bundle.
struct HttpLoop::AuthorityFile {
  explicit AuthorityFile(const std::string& authorities);
  std::string text;
  base::Descriptor file;
  std::string path;           // empty: there is no /proc here
  bool stands_alone = false;  // the system's authorities are among them
};

struct HttpLoop::Transfer {
 public:
  Transfer();
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // `request` and `result` live in the awaiting coroutine's frame until `deliver`.
  // `authorities` are those of the request's settings; null: it has none of its own.
  void begin(const HttpRequest* request, std::optional<HttpResult>* result, std::coroutine_handle<> caller,
             const std::string& user_agent, const HttpLimits& limits, const AuthorityFile* authorities);
  [[nodiscard]] HttpResult conclude(CURLcode code, const HttpLimits& limits);
  [[nodiscard]] std::coroutine_handle<> deliver(HttpResult result);

  [[nodiscard]] CURL* easy() const { return easy_; }
  [[nodiscard]] std::string origin() const { return request_->url.origin(); }
  [[nodiscard]] bool was_sent() const;
  [[nodiscard]] bool connect_overdue(Clock::time_point now, std::chrono::milliseconds limit) const;
  [[nodiscard]] std::uint64_t new_connections() const;
  [[nodiscard]] std::uint64_t bytes_received() const { return received_; }

 private:
  enum class Stop : std::uint8_t { none, headers, body, error_body, sink, address, encoding };

  // What a handle keeps from one request to the next: setting it again for each costs a third of the client's time.
  struct Shape {
    std::string method;  // empty: nothing is kept
    std::string scheme;
    std::string proxy;
    std::shared_ptr<const TlsSettings> tls;
    friend bool operator==(const Shape&, const Shape&) = default;
  };

  void take_shape(const std::string& user_agent, const HttpLimits& limits, const AuthorityFile* authorities);
  void set_method();
  void set_headers();
  void set_security(const AuthorityFile* authorities);
  void set_address(const HttpLimits& limits);
  std::size_t take_header(std::string_view line);
  [[nodiscard]] bool announces_too_much(std::string_view length) const;
  std::size_t take_body(std::string_view piece);
  std::size_t give_body(char* data, std::size_t room);
  [[nodiscard]] HttpFailure failure_of(CURLcode code, const HttpLimits& limits) const;
  [[nodiscard]] HttpFailure proxy_failure(int status) const;
  [[nodiscard]] std::string connect_text() const;
  [[nodiscard]] std::string certificate_text() const;
  [[nodiscard]] HttpFailure stopped_failure() const;

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_send(char* data, std::size_t size, std::size_t count, void* self);
  static int on_seek(void* self, curl_off_t offset, int origin);
  static curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* address);

  CURL* easy_ = nullptr;
  Shape shape_;
  std::vector<Header> listed_;  // what `header_list_` was made of
  curl_slist* header_list_ = nullptr;
  curl_slist* address_list_ = nullptr;
  std::array<char, CURL_ERROR_SIZE> message_{};
  const HttpRequest* request_ = nullptr;
  std::optional<HttpResult>* result_ = nullptr;
  std::coroutine_handle<> caller_;
  HttpAnswer answer_;
  std::size_t most_headers_ = 0;
  std::size_t header_bytes_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t sent_ = 0;  // of a file body
  std::chrono::seconds silence_{0};
  Stop stop_ = Stop::none;
  Locality refused_ = Locality::internet;
  std::optional<Clock::time_point> connecting_since_;
  std::vector<curl_socket_t> sockets_;  // made for this request
};

[[nodiscard]] HttpFailure run_deadline_failure();
[[nodiscard]] HttpFailure connect_deadline_failure(const HttpLimits& limits);

}  // namespace lock::registry
