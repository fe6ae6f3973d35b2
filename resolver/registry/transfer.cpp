#include "resolver/registry/transfer.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <new>
#include <string_view>
#include <utility>

#include "resolver/base/text.hpp"
#include "resolver/registry/error_body.hpp"
#include "resolver/registry/exchange.hpp"

namespace lock::registry {
namespace {

std::string seconds_of(std::chrono::milliseconds time) {
  const auto count = time.count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + " s" : std::to_string(count) + " ms";
}

HttpFailure failure(HttpStage stage, ErrorKind kind, std::string message, std::string hint = {}) {
  return {stage, Error{kind, std::move(message), std::nullopt, std::move(hint), nullptr}};
}

bool has_system_bundle(CURL* easy) {
  char* path = nullptr;
  return curl_easy_getinfo(easy, CURLINFO_CAINFO, &path) == CURLE_OK && path != nullptr && access(path, R_OK) == 0;
}

}  // namespace

HttpFailure run_deadline_failure() {
  return failure(HttpStage::run_deadline, ErrorKind::unreachable, "the time for the whole run was used up",
                 "run again with a longer --timeout: what was fetched is in the cache");
}

HttpFailure connect_deadline_failure(const HttpLimits& limits) {
  return failure(HttpStage::connect, ErrorKind::unreachable, "no connection within " + seconds_of(limits.connect));
}

HttpLoop::Transfer::Transfer() : easy_(curl_easy_init()) {
  if (easy_ == nullptr) throw std::bad_alloc();
}

HttpLoop::Transfer::~Transfer() {
  curl_slist_free_all(header_list_);
  curl_slist_free_all(address_list_);
  curl_easy_cleanup(easy_);
}

void HttpLoop::Transfer::begin(const HttpRequest* request, std::optional<HttpResult>* result,
                               std::coroutine_handle<> caller, const std::string& user_agent, const HttpLimits& limits,
                               const AuthorityFile* authorities) {
  message_[0] = '\0';
  request_ = request;
  result_ = result;
  caller_ = caller;
  answer_ = {};
  most_headers_ = limits.most_headers;
  header_bytes_ = 0;
  received_ = 0;
  stop_ = Stop::none;
  connecting_since_.reset();
  sockets_.clear();

  silence_ = request->silence.count() > 0 ? request->silence : limits.silence;
  take_shape(user_agent, limits, authorities);
  curl_easy_setopt(easy_, CURLOPT_URL, request->url.text().c_str());
  curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(request->deadline.count()));
  curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_TIME, static_cast<long>(silence_.count()));
  set_headers();
  set_address(limits);
}

// Everything that is the same for all requests of a kind to a host. A request with a body leaves more behind than this
// table knows, so nothing is kept after one.
void HttpLoop::Transfer::take_shape(const std::string& user_agent, const HttpLimits& limits,
                                    const AuthorityFile* authorities) {
  const bool bare = request_->method == "HEAD" || (request_->method == "GET" && request_->file_body.file == nullptr);
  Shape shape{bare ? request_->method : "", request_->url.scheme, request_->proxy, request_->tls};
  if (!shape.method.empty() && shape == shape_) return;
  shape_ = std::move(shape);
  listed_.clear();
  curl_easy_reset(easy_);
  curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, message_.data());
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_USERAGENT, user_agent.c_str());
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  // Without PIPEWAIT each of 64 requests opens a connection of its own; plain HTTP has nothing to wait for.
  curl_easy_setopt(easy_, CURLOPT_PIPEWAIT, request_->url.scheme == "https" ? 1L : 0L);
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>((limits.connect + limits.tls).count()));
  curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_LIMIT, limits.slowest);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETFUNCTION, &on_socket);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy_, CURLOPT_PROXY, request_->proxy.c_str());  // an empty text: no proxy, whatever the environment
  set_method();
  set_security(authorities);
}

void HttpLoop::Transfer::set_address(const HttpLimits& limits) {
  if (address_list_ != nullptr) {
    curl_easy_setopt(easy_, CURLOPT_RESOLVE, nullptr);
    curl_slist_free_all(std::exchange(address_list_, nullptr));
  }
  const auto known = limits.addresses.find(request_->url.host);
  if (known == limits.addresses.end()) return;
  const std::string line = request_->url.host + ":" + std::to_string(request_->url.port) + ":" + known->second;
  address_list_ = curl_slist_append(nullptr, line.c_str());
  if (address_list_ == nullptr) throw std::bad_alloc();
  curl_easy_setopt(easy_, CURLOPT_RESOLVE, address_list_);
}

void HttpLoop::Transfer::set_method() {
  if (request_->method == "HEAD") {
    curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
  } else if (request_->file_body.file != nullptr) {
    sent_ = 0;
    curl_easy_setopt(easy_, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request_->method.c_str());
    curl_easy_setopt(easy_, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request_->file_body.size));
    curl_easy_setopt(easy_, CURLOPT_READFUNCTION, &on_send);
    curl_easy_setopt(easy_, CURLOPT_READDATA, this);
    curl_easy_setopt(easy_, CURLOPT_SEEKFUNCTION, &on_seek);
    curl_easy_setopt(easy_, CURLOPT_SEEKDATA, this);
  } else if (request_->method != "GET") {
    curl_easy_setopt(easy_, CURLOPT_POST, 1L);
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request_->body.data());
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_->body.size()));
    curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request_->method.c_str());
  }
}

void HttpLoop::Transfer::set_headers() {
  if (!listed_.empty() && listed_ == request_->headers) return;
  listed_ = request_->headers;
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, nullptr);
  curl_slist_free_all(std::exchange(header_list_, nullptr));
  const auto append = [this](const std::string& line) {
    curl_slist* longer = curl_slist_append(header_list_, line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    header_list_ = longer;
  };
  append("Accept-Encoding: identity");
  append("Expect:");
  bool accept = false;
  bool content_type = false;
  for (const Header& header : request_->headers) {
    // The last line of defence: libcurl would make two headers of a value with a line end in it.
    if (std::ranges::any_of(header.value, [](char c) { return c == '\r' || c == '\n' || c == '\0'; })) continue;
    append(header.name + ": " + header.value);
    accept = accept || base::equal_ignoring_case(header.name, "accept");
    content_type = content_type || base::equal_ignoring_case(header.name, "content-type");
  }
  if (!accept) append("Accept:");
  if (!content_type) append("Content-Type:");
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, header_list_);
}

void HttpLoop::Transfer::set_security(const AuthorityFile* authorities) {
  curl_easy_setopt(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  // libcurl keeps a bundle for all connections only where there is no folder beside it (lib/vtls/openssl.c,
  // Curl_ssl_setup_x509_store); otherwise each connection reads 140 certificates, which is 15 ms of processor time.
  const bool without_folder = authorities == nullptr ? has_system_bundle(easy_) : authorities->stands_alone;
  if (without_folder) curl_easy_setopt(easy_, CURLOPT_CAPATH, nullptr);
  if (request_->tls == nullptr) return;
  const TlsSettings& tls = *request_->tls;
  if (authorities != nullptr && !authorities->path.empty()) {
    curl_easy_setopt(easy_, CURLOPT_CAINFO, authorities->path.c_str());
  } else if (authorities != nullptr) {
    curl_blob blob{const_cast<char*>(tls.authorities.data()), tls.authorities.size(), CURL_BLOB_COPY};
    curl_easy_setopt(easy_, CURLOPT_CAINFO_BLOB, &blob);
  }
  if (!tls.certificate_file.empty()) curl_easy_setopt(easy_, CURLOPT_SSLCERT, tls.certificate_file.c_str());
  if (!tls.key_file.empty()) curl_easy_setopt(easy_, CURLOPT_SSLKEY, tls.key_file.c_str());
}

std::size_t HttpLoop::Transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<Transfer*>(self)->take_header({data, size * count});
}

std::size_t HttpLoop::Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<Transfer*>(self)->take_body({data, size * count});
}

std::size_t HttpLoop::Transfer::on_send(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<Transfer*>(self)->give_body(data, size * count);
}

// libcurl goes back to the beginning when a kept connection turns out to be dead.
int HttpLoop::Transfer::on_seek(void* self, curl_off_t offset, int origin) {
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Transfer*>(self)->sent_ = static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

curl_socket_t HttpLoop::Transfer::on_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto* transfer = static_cast<Transfer*>(self);
  const Locality locality = locality_of(address->addr);
  const bool to_proxy = !transfer->request_->proxy.empty();
  if (!to_proxy && locality > transfer->request_->most_local) {
    transfer->stop_ = Stop::address;
    transfer->refused_ = locality;
    return CURL_SOCKET_BAD;
  }
  if (!transfer->connecting_since_) transfer->connecting_since_ = Clock::now();
  const int number = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (number >= 0) transfer->sockets_.push_back(number);
  return number;
}

std::size_t HttpLoop::Transfer::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > most_headers_) {
    stop_ = Stop::headers;
    return 0;
  }
  if (line.starts_with("HTTP/")) {  // a new answer: what came before was informational
    answer_.headers.clear();
    return line.size();
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  answer_.headers.add(line.substr(0, colon), line.substr(colon + 1));
  const Header& field = answer_.headers.fields().back();
  if (field.name == "content-encoding" && !base::equal_ignoring_case(field.value, "identity")) {
    stop_ = Stop::encoding;
    return 0;
  }
  if (field.name == "content-length" && announces_too_much(field.value)) {
    stop_ = Stop::body;
    return 0;
  }
  return line.size();
}

// The body is not worth waiting for. A HEAD's length is only told, and an error's body is cut anyway.
bool HttpLoop::Transfer::announces_too_much(std::string_view length) const {
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  if (request_->method == "HEAD" || status < 200 || status >= 300) return false;
  return base::parse_decimal(length).value_or(0) > request_->most_body;
}

std::size_t HttpLoop::Transfer::take_body(std::string_view piece) {
  if (answer_.status == 0) {
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    answer_.status = static_cast<int>(status);
  }
  if (received_ == 0 && answer_.status < 300 && request_->before_sink) request_->before_sink(answer_);
  received_ += piece.size();
  if (answer_.status >= 300) {
    const std::size_t room = most_error_body - std::min(most_error_body, answer_.body.size());
    answer_.body.append(piece.substr(0, room));
    if (piece.size() <= room) return piece.size();
    stop_ = Stop::error_body;
    return 0;
  }
  if (received_ > request_->most_body) {
    stop_ = Stop::body;
    return 0;
  }
  if (request_->sink) {
    if (request_->sink(piece)) return piece.size();
    stop_ = Stop::sink;
    return 0;
  }
  answer_.body.append(piece);
  return piece.size();
}

std::size_t HttpLoop::Transfer::give_body(char* data, std::size_t room) {
  const FileBody& body = request_->file_body;
  const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(room, body.size - sent_));
  if (wanted == 0) return 0;
  const ssize_t got = pread(body.file->number(), data, wanted, static_cast<off_t>(body.offset + sent_));
  if (got <= 0) {
    stop_ = Stop::sink;
    return CURL_READFUNC_ABORT;
  }
  sent_ += static_cast<std::uint64_t>(got);
  return static_cast<std::size_t>(got);
}

bool HttpLoop::Transfer::was_sent() const {
  curl_off_t time = 0;
  curl_easy_getinfo(easy_, CURLINFO_PRETRANSFER_TIME_T, &time);
  return time != 0;
}

// libcurl tells the time of connecting only once TLS is there too, so the sockets are asked: one that has a peer is
// connected.
bool HttpLoop::Transfer::connect_overdue(Clock::time_point now, std::chrono::milliseconds limit) const {
  if (!connecting_since_ || now - *connecting_since_ < limit || was_sent()) return false;
  return std::ranges::none_of(sockets_, [](curl_socket_t number) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    return getpeername(number, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
  });
}

std::uint64_t HttpLoop::Transfer::new_connections() const {
  long count = 0;
  curl_easy_getinfo(easy_, CURLINFO_NUM_CONNECTS, &count);
  return static_cast<std::uint64_t>(count);
}

HttpResult HttpLoop::Transfer::conclude(CURLcode code, const HttpLimits& limits) {
  if (code != CURLE_OK && stop_ != Stop::error_body) return std::unexpected(failure_of(code, limits));
  long status = 0;
  long version = 0;
  const char* address = nullptr;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(easy_, CURLINFO_HTTP_VERSION, &version);
  curl_easy_getinfo(easy_, CURLINFO_PRIMARY_IP, &address);
  answer_.status = static_cast<int>(status);
  answer_.http2 = version == CURL_HTTP_VERSION_2_0;
  if (address != nullptr) answer_.locality = locality_of(address).value_or(Locality::internet);
  return std::move(answer_);
}

std::coroutine_handle<> HttpLoop::Transfer::deliver(HttpResult result) {
  result_->emplace(std::move(result));
  return caller_;
}

HttpFailure HttpLoop::Transfer::stopped_failure() const {
  switch (stop_) {
    case Stop::headers:
      return failure(HttpStage::limit, ErrorKind::limit,
                     "the answer's headers are longer than " + std::to_string(most_headers_) + " bytes");
    case Stop::body:
      return failure(HttpStage::limit, ErrorKind::limit,
                     "the answer is longer than the " + std::to_string(request_->most_body) + " bytes allowed for it");
    case Stop::encoding:
      return failure(HttpStage::limit, ErrorKind::malformed,
                     "the answer is encoded (" + base::harmless(answer_.headers.first("content-encoding"), 40) +
                         "), though only the plain bytes were asked for");
    case Stop::address:
      return failure(HttpStage::address, ErrorKind::refused,
                     "it leads to " + std::string(name_of(refused_)) + ", which this registry has no business with");
    default: return failure(HttpStage::local, ErrorKind::io, "the bytes could not be stored or read");
  }
}

// What libcurl says differs between its versions and between TLS libraries; these words do not, and they say what was
// expected. Its own text stands only where nothing better is known.
HttpFailure HttpLoop::Transfer::failure_of(CURLcode code, const HttpLimits& limits) const {
  if (stop_ != Stop::none) return stopped_failure();
  long connect_status = 0;
  curl_easy_getinfo(easy_, CURLINFO_HTTP_CONNECTCODE, &connect_status);
  if (connect_status >= 300 && !was_sent()) return proxy_failure(static_cast<int>(connect_status));
  const std::string reason = base::harmless(message_[0] != '\0' ? message_.data() : curl_easy_strerror(code), 200);
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return failure(HttpStage::name, ErrorKind::unreachable, "the name of the host has no address");
    case CURLE_COULDNT_RESOLVE_PROXY:
      return failure(HttpStage::name, ErrorKind::unreachable, "the name of the proxy has no address");
    case CURLE_COULDNT_CONNECT: return failure(HttpStage::connect, ErrorKind::unreachable, connect_text());
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
      return failure(HttpStage::tls, ErrorKind::unreachable, certificate_text(),
                     "if the registry has a private certificate authority, name it with `ca` in images.toml");
    case CURLE_SSL_CERTPROBLEM:
      return failure(HttpStage::tls, ErrorKind::configuration,
                     "the client certificate or its key cannot be used: " + reason);
    case CURLE_SSL_CACERT_BADFILE:
      return failure(HttpStage::tls, ErrorKind::configuration, "the certificate authority cannot be used: " + reason);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_USE_SSL_FAILED:
      return failure(HttpStage::tls, ErrorKind::unreachable, "what answers there does not complete a TLS handshake");
    case CURLE_OPERATION_TIMEDOUT:
      if (was_sent()) {
        return failure(HttpStage::deadline, ErrorKind::unreachable,
                       "no complete answer within " + seconds_of(request_->deadline) + ", or fewer than " +
                           std::to_string(limits.slowest) + " bytes a second for " + seconds_of(silence_));
      }
      return failure(HttpStage::connect, ErrorKind::unreachable,
                     "no connection within " + seconds_of(limits.connect + limits.tls));
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      // TLS 1.3 tells a client that lacks a certificate after the handshake (RFC 8446 section 6.2).
      if (reason.contains("certificate required")) {
        return failure(HttpStage::tls, ErrorKind::refused, "the registry wants a client certificate",
                       "put it and its key into certs.d as client.cert and client.key, or name them in images.toml");
      }
      return failure(HttpStage::interrupted, ErrorKind::unreachable, "the connection broke off");
    case CURLE_GOT_NOTHING:
      return failure(HttpStage::interrupted, ErrorKind::unreachable, "the connection was closed without an answer");
    case CURLE_PARTIAL_FILE:
      return failure(HttpStage::interrupted, ErrorKind::unreachable,
                     "the answer ended early, after " + std::to_string(received_) + " bytes");
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return failure(HttpStage::interrupted, ErrorKind::unreachable, "the HTTP/2 connection broke off");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return failure(HttpStage::local, ErrorKind::unreachable, "what answers there does not speak HTTP");
    case CURLE_OUT_OF_MEMORY: throw std::bad_alloc();
    default: return failure(HttpStage::local, ErrorKind::unreachable, reason);
  }
}

// A gateway's failure may pass; that the proxy does not want to will not.
HttpFailure HttpLoop::Transfer::proxy_failure(int status) const {
  const std::string message = "the proxy does not connect to it (" + status_text(status) + ")";
  if (status >= 500) return failure(HttpStage::connect, ErrorKind::unreachable, message);
  return failure(HttpStage::tls, ErrorKind::refused, message,
                 status == 407 ? "the proxy wants a login: https_proxy=http://USER:PASSWORD@HOST:PORT"
                               : "hosts that are reached without the proxy belong into no_proxy");
}

std::string HttpLoop::Transfer::connect_text() const {
  long number = 0;
  curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &number);
  switch (number) {
    case ECONNREFUSED: return "nobody listens there (connection refused)";
    case EHOSTUNREACH:
    case ENETUNREACH: return "there is no way to that address";
    default: return "no connection";
  }
}

// The result is OpenSSL's (x509_vfy.h); 0 is a good certificate for another name.
std::string HttpLoop::Transfer::certificate_text() const {
  long result = 0;
  curl_easy_getinfo(easy_, CURLINFO_SSL_VERIFYRESULT, &result);
  switch (result) {
    case 0: return "its certificate is for another name";
    case 10: return "its certificate has expired";
    case 18:
    case 19:
    case 20:
    case 21: return "its certificate comes from an authority that is not trusted here";
    default: return "its certificate is not valid (OpenSSL's reason " + std::to_string(result) + ")";
  }
}

}  // namespace lock::registry
