// Owners for OpenSSL's objects and its error queue as text. Included by the source files of this folder and by nothing
// else outside resolver/trust/crypto: OpenSSL's types stop here.
#pragma once

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "resolver/trust/crypto/time.hpp"

namespace lock::trust::crypto {

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

template <typename T, auto Free>
using Owner = std::unique_ptr<T, Freer<Free>>;

inline void free_x509_stack(STACK_OF(X509) * stack) { sk_X509_free(stack); }  // the stack, not what it points at
inline void free_x509_stack_deep(STACK_OF(X509) * stack) { sk_X509_pop_free(stack, X509_free); }

using BioOwner = Owner<BIO, BIO_free_all>;
using CmsOwner = Owner<CMS_ContentInfo, CMS_ContentInfo_free>;
using MdContextOwner = Owner<EVP_MD_CTX, EVP_MD_CTX_free>;
using PkeyContextOwner = Owner<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using PkeyOwner = Owner<EVP_PKEY, EVP_PKEY_free>;
using X509Owner = Owner<X509, X509_free>;
using X509StackOwner = Owner<STACK_OF(X509), free_x509_stack>;
using X509StackDeepOwner = Owner<STACK_OF(X509), free_x509_stack_deep>;

inline const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// The most recent reason in this thread's queue, which is then empty; "no reason given" when there is none.
[[nodiscard]] std::string take_openssl_error();

[[nodiscard]] std::optional<Time> read_time(const ASN1_TIME* time);

// What an i2d function writes for `object`.
template <typename Function, typename T>
[[nodiscard]] std::string to_der(Function i2d, T* object) {
  const int size = i2d(object, nullptr);
  if (size <= 0) return {};
  std::string out(static_cast<std::size_t>(size), '\0');
  auto* cursor = reinterpret_cast<unsigned char*>(out.data());
  i2d(object, &cursor);
  return out;
}

}  // namespace lock::trust::crypto
