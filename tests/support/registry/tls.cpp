#include "tests/support/registry/tls.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <array>
#include <fstream>
#include <stdexcept>

namespace lock::test {
namespace {

template <auto F>
struct Freer {
  template <typename T>
  void operator()(T* pointer) const {
    F(pointer);
  }
};
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Memory = std::unique_ptr<BIO, Freer<BIO_vfree>>;

void require(bool good, const char* what) {
  if (good) return;
  throw std::runtime_error(std::string("OpenSSL: ") + what);
}

Key new_key() {
  Key key(EVP_EC_gen("P-256"));
  require(key != nullptr, "no P-256 key");
  return key;
}

std::string contents(const Memory& memory) {
  char* start = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &start);
  return {start, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  Memory memory(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_X509(memory.get(), certificate) == 1, "cannot write a certificate");
  return contents(memory);
}

std::string pem_of(EVP_PKEY* key) {
  Memory memory(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "cannot write a key");
  return contents(memory);
}

Memory reading(const std::string& text) { return Memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

void add_extension(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  require(extension != nullptr, "bad extension");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate blank(const std::string& common_name, EVP_PKEY* key) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  std::uint64_t serial = 0;
  require(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "no random bytes");
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86400);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
  return certificate;
}

bool is_address(const std::string& name) {
  std::array<unsigned char, 16> buffer{};
  return inet_pton(AF_INET, name.c_str(), buffer.data()) == 1 || inet_pton(AF_INET6, name.c_str(), buffer.data()) == 1;
}

int choose_http11(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                  void*) {
  static constexpr std::array<unsigned char, 9> ours{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, ours.data(), ours.size(), in, in_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

struct Authority::Keys {
  Key key = new_key();
  Certificate certificate;
};

Authority::Authority(const std::string& name) : keys_(std::make_unique<Keys>()) {
  keys_->certificate = blank(name, keys_->key.get());
  X509* self = keys_->certificate.get();
  X509_set_issuer_name(self, X509_get_subject_name(self));
  add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(self, self, NID_subject_key_identifier, "hash");
  require(X509_sign(self, keys_->key.get(), EVP_sha256()) > 0, "cannot sign the authority");
  pem_ = pem_of(self);
}

Authority::~Authority() = default;

Identity Authority::issue(const std::vector<std::string>& names) const {
  const Key key = new_key();
  const Certificate certificate = blank(names.at(0), key.get());
  X509* issuer = keys_->certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer));
  std::string alternatives;
  for (const std::string& name : names) {
    alternatives += (alternatives.empty() ? "" : ",") + std::string(is_address(name) ? "IP:" : "DNS:") + name;
  }
  add_extension(certificate.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), issuer, NID_key_usage, "critical,digitalSignature");
  add_extension(certificate.get(), issuer, NID_ext_key_usage, "serverAuth,clientAuth");
  add_extension(certificate.get(), issuer, NID_subject_alt_name, alternatives);
  add_extension(certificate.get(), issuer, NID_authority_key_identifier, "keyid:always");
  require(X509_sign(certificate.get(), keys_->key.get(), EVP_sha256()) > 0, "cannot sign");
  return {.certificate = pem_of(certificate.get()), .key = pem_of(key.get())};
}

Identity Authority::issue_for_loopback() const {
  return issue({"localhost", "*.test", "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "::1"});
}

std::filesystem::path write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  chmod(path.c_str(), 0600);
  out << text;
  out.close();
  if (!out) throw std::runtime_error("cannot write " + path.string());
  return path;
}

void FreeContext::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

TlsContext make_server_context(const TlsOptions& options) {
  TlsContext context(SSL_CTX_new(TLS_server_method()));
  require(context != nullptr, "no context");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_http11, nullptr);
  const Certificate certificate(
      PEM_read_bio_X509(reading(options.identity.certificate).get(), nullptr, nullptr, nullptr));
  const Key key(PEM_read_bio_PrivateKey(reading(options.identity.key).get(), nullptr, nullptr, nullptr));
  require(certificate != nullptr && key != nullptr, "cannot read an identity");
  require(SSL_CTX_use_certificate(context.get(), certificate.get()) == 1, "bad certificate");
  require(SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1, "bad key");
  if (!options.client_authority.empty()) {
    const Certificate client(PEM_read_bio_X509(reading(options.client_authority).get(), nullptr, nullptr, nullptr));
    require(client != nullptr, "cannot read the clients' authority");
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), client.get());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    static constexpr unsigned char id[] = "lock";
    SSL_CTX_set_session_id_context(context.get(), id, 4);
  }
  return context;
}

}  // namespace lock::test
