#include "resolver/base/hash.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace lock::base {
namespace {

// Fetched once: OpenSSL 3 looks EVP_sha256() up among its providers at every use, which costs more than hashing a
// short text (https://docs.openssl.org/3.0/man7/crypto/#explicit-fetching). Never freed: they live as long as the
// process.
const EVP_MD* method(HashAlgorithm algorithm) {
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static const EVP_MD* const sha384 = EVP_MD_fetch(nullptr, "SHA384", nullptr);
  static const EVP_MD* const sha512 = EVP_MD_fetch(nullptr, "SHA512", nullptr);
  switch (algorithm) {
    case HashAlgorithm::sha256: return sha256;
    case HashAlgorithm::sha384: return sha384;
    case HashAlgorithm::sha512: return sha512;
  }
  throw std::logic_error("unknown hash algorithm");
}

void require(int status) {
  if (status != 1) throw std::runtime_error("OpenSSL could not hash");
}

}  // namespace

struct Hasher::Context {
  EVP_MD_CTX* md = EVP_MD_CTX_new();
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { EVP_MD_CTX_free(md); }
};

Hasher::Hasher(HashAlgorithm algorithm) : context_(std::make_unique<Context>()) {
  require(EVP_DigestInit_ex(context_->md, method(algorithm), nullptr));
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(std::string_view bytes) { require(EVP_DigestUpdate(context_->md, bytes.data(), bytes.size())); }

std::string Hasher::finish() {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned length = 0;
  require(EVP_DigestFinal_ex(context_->md, reinterpret_cast<unsigned char*>(out.data()), &length));
  out.resize(length);
  return out;
}

std::string hash(HashAlgorithm algorithm, std::string_view bytes) {
  Hasher hasher(algorithm);
  hasher.update(bytes);
  return hasher.finish();
}

}  // namespace lock::base
