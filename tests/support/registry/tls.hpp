// A certificate authority made at run time, for servers and clients of the tests: nothing here outlives the process and
// no key is ever committed. P-256, valid from an hour ago for a day. Errors are bugs and throw std::runtime_error.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

struct ssl_ctx_st;
struct x509_st;
struct evp_pkey_st;

namespace lock::test {

// PEM texts.
struct Identity {
  std::string certificate;
  std::string key;
};

class Authority {
 public:
  explicit Authority(const std::string& name = "lock test authority");
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  [[nodiscard]] const std::string& certificate() const { return pem_; }
  // Subject alternative names are host names or IP addresses; the first is the common name too.
  [[nodiscard]] Identity issue(const std::vector<std::string>& names) const;
  // For every name that the tests use: localhost, *.test, 127.0.0.1 to 127.0.0.4, ::1.
  [[nodiscard]] Identity issue_for_loopback() const;

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
  std::string pem_;
};

// Writes a text to a file of mode 0600 and returns its path.
std::filesystem::path write_text(const std::filesystem::path& path, const std::string& text);

// A server's side of TLS 1.2 and 1.3 with ALPN http/1.1. With `client_authority` (PEM) a client certificate issued by
// it is required.
struct TlsOptions {
  Identity identity;
  std::string client_authority;
};

struct FreeContext {
  void operator()(ssl_ctx_st* context) const;
};
using TlsContext = std::unique_ptr<ssl_ctx_st, FreeContext>;
[[nodiscard]] TlsContext make_server_context(const TlsOptions& options);

}  // namespace lock::test
