// Public keys and signatures over OpenSSL's EVP.
//
// A key comes in as SubjectPublicKeyInfo (RFC 5280 section 4.1), DER or PEM, and is one of the kinds below; anything
// else is ErrorKind::unsupported, never skipped. Which signature a key may have made is a Scheme that the caller takes
// from the key or from configuration, never from the message: a message that may choose its algorithm is the oldest
// hole of all. Keys are cheap to copy and safe to share between threads.
//
// Ed25519ph, ML-DSA and SHA-3 are not in OpenSSL 3.0 and so not here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "resolver/base/bytes.hpp"
#include "resolver/base/error.hpp"
#include "resolver/base/hash.hpp"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace lock::trust::crypto {

enum class KeyKind : std::uint8_t { ecdsa_p256, ecdsa_p384, ecdsa_p521, rsa, ed25519 };

[[nodiscard]] std::string_view name_of(KeyKind kind);  // "ECDSA P-256"

class PublicKey {
 public:
  // Errors: malformed (not a key, or bytes after it), unsupported (another algorithm, curve, explicit curve parameters,
  // RSA below 2048 or above 8192 bits).
  [[nodiscard]] static Result<PublicKey> from_spki(BytesView der);
  // One `PUBLIC KEY` block (RFC 7468), or `RSA PUBLIC KEY` as PKCS#1; text around the block is refused.
  [[nodiscard]] static Result<PublicKey> from_pem(std::string_view pem);
  // A bare PKCS#1 RSAPublicKey, as staging's first CT log key is written in trusted roots.
  [[nodiscard]] static Result<PublicKey> from_pkcs1(BytesView der);
  // `spki` is the DER that the key was read from: OpenSSL 3 searches its encoders each time it must write a key again.
  // Takes a reference of its own to the key.
  [[nodiscard]] static Result<PublicKey> from_evp(evp_pkey_st* key, Bytes spki);

  [[nodiscard]] KeyKind kind() const { return kind_; }
  [[nodiscard]] const Bytes& spki() const { return *spki_; }
  [[nodiscard]] Bytes fingerprint() const;             // SHA-256 of the SPKI, raw
  [[nodiscard]] std::string_view raw_ed25519() const;  // the 32 bytes; only for that kind
  [[nodiscard]] evp_pkey_st* evp() const { return key_.get(); }
  friend bool operator==(const PublicKey& a, const PublicKey& b) { return *a.spki_ == *b.spki_; }

 private:
  PublicKey(std::shared_ptr<evp_pkey_st> key, KeyKind kind, Bytes spki)
      : key_(std::move(key)), kind_(kind), spki_(std::make_shared<const Bytes>(std::move(spki))) {}
  std::shared_ptr<evp_pkey_st> key_;
  KeyKind kind_;
  std::shared_ptr<const Bytes> spki_;
};

struct Scheme {
  enum class Family : std::uint8_t { ecdsa, rsa_pkcs1, rsa_pss, ed25519 };
  enum class Encoding : std::uint8_t { standard, raw };  // raw: ECDSA as r‖s of the curve's width (RFC 7518, COSE)
  Family family = Family::ecdsa;
  base::HashAlgorithm hash = base::HashAlgorithm::sha256;  // for PSS also MGF1's, and its length the salt's
  Encoding encoding = Encoding::standard;
};

// The scheme that sigstore's algorithm registry gives a key: P-256/SHA-256, P-384/SHA-384, P-521/SHA-512, RSA
// PKCS#1 with SHA-256, Ed25519.
[[nodiscard]] Scheme registered_scheme(KeyKind kind);

// Whether `signature` is one of `key` over `message`. ErrorKind::mismatch: it is not (a signature that is not even
// well-formed too). ErrorKind::unsupported: the scheme does not fit the key.
[[nodiscard]] Result<void> verify_signature(const PublicKey& key, const Scheme& scheme, BytesView message,
                                            BytesView signature);

// The same for a message of which only the hash is known; `digest` must have the length of the scheme's hash. Ed25519
// signs messages, not hashes: unsupported.
[[nodiscard]] Result<void> verify_digest_signature(const PublicKey& key, const Scheme& scheme, BytesView digest,
                                                   BytesView signature);

}  // namespace lock::trust::crypto
