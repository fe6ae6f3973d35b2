#include "resolver/trust/crypto/key.hpp"

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include <array>
#include <stdexcept>

#include "resolver/trust/crypto/openssl.hpp"
#include "resolver/trust/crypto/pem.hpp"

namespace lock::trust::crypto {
namespace {

constexpr int kLeastRsaBits = 2048;
constexpr int kMostRsaBits = 8192;  // verification time grows with the square; nobody signs images with more

const EVP_MD* method(base::HashAlgorithm algorithm) {
  switch (algorithm) {
    case base::HashAlgorithm::sha256: return EVP_sha256();
    case base::HashAlgorithm::sha384: return EVP_sha384();
    case base::HashAlgorithm::sha512: return EVP_sha512();
  }
  throw std::logic_error("unknown hash algorithm");
}

Result<KeyKind> ec_kind(EVP_PKEY* key) {
  std::array<char, 80> text{};
  std::size_t size = 0;
  // A curve spelled out in parameters may look like P-256 and have another generator (CVE-2020-0601).
  if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, text.data(), text.size(), &size) == 1 &&
      std::string_view(text.data(), size) != OSSL_PKEY_EC_ENCODING_GROUP) {
    return fail(ErrorKind::unsupported, "the key spells out its curve instead of naming it");
  }
  if (EVP_PKEY_get_group_name(key, text.data(), text.size(), &size) == 1) {
    const std::string_view name(text.data(), size);
    if (name == "prime256v1" || name == "P-256") return KeyKind::ecdsa_p256;
    if (name == "secp384r1" || name == "P-384") return KeyKind::ecdsa_p384;
    if (name == "secp521r1" || name == "P-521") return KeyKind::ecdsa_p521;
    return fail(ErrorKind::unsupported,
                "the key lies on the curve `" + std::string(name) + "`; only P-256, P-384 and P-521 are verified");
  }
  return fail(ErrorKind::unsupported, "the key lies on a curve without a name");
}

Result<KeyKind> kind_of(EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_EC: return ec_kind(key);
    case EVP_PKEY_ED25519: return KeyKind::ed25519;
    case EVP_PKEY_RSA: {
      const int bits = EVP_PKEY_get_bits(key);
      if (bits < kLeastRsaBits || bits > kMostRsaBits) {
        return fail(ErrorKind::unsupported,
                    "the RSA key has " + std::to_string(bits) + " bits; from 2048 to 8192 are accepted");
      }
      return KeyKind::rsa;
    }
    default: break;
  }
  const char* name = EVP_PKEY_get0_type_name(key);
  return fail(ErrorKind::unsupported, "the key is of type `" + std::string(name == nullptr ? "?" : name) +
                                          "`; ECDSA, RSA and Ed25519 are verified");
}

// ECDSA-Sig-Value out of r‖s, each half as wide as the curve.
Result<Bytes> to_ecdsa_der(KeyKind kind, BytesView raw) {
  const std::size_t width = kind == KeyKind::ecdsa_p256 ? 32 : kind == KeyKind::ecdsa_p384 ? 48 : 66;
  if (raw.size() != 2 * width) {
    return fail(ErrorKind::mismatch, "the signature has " + std::to_string(raw.size()) + " bytes; r and s of " +
                                         std::string(name_of(kind)) + " have " + std::to_string(2 * width));
  }
  const Owner<ECDSA_SIG, ECDSA_SIG_free> value(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(bytes_of(raw), static_cast<int>(width), nullptr);
  BIGNUM* s = BN_bin2bn(bytes_of(raw.substr(width)), static_cast<int>(width), nullptr);
  ECDSA_SIG_set0(value.get(), r, s);
  return to_der(i2d_ECDSA_SIG, value.get());
}

bool fits(const Scheme& scheme, KeyKind kind) {
  switch (scheme.family) {
    case Scheme::Family::ecdsa:
      return kind == KeyKind::ecdsa_p256 || kind == KeyKind::ecdsa_p384 || kind == KeyKind::ecdsa_p521;
    case Scheme::Family::rsa_pkcs1:
    case Scheme::Family::rsa_pss: return kind == KeyKind::rsa;
    case Scheme::Family::ed25519: return kind == KeyKind::ed25519;
  }
  return false;
}

std::unexpected<Error> does_not_fit(const PublicKey& key) {
  return fail(ErrorKind::unsupported,
              "an " + std::string(name_of(key.kind())) + " key makes no signature of this scheme");
}

std::unexpected<Error> does_not_verify() {
  ERR_clear_error();
  return fail(ErrorKind::mismatch, "the signature is not one of this key over these bytes");
}

// Padding of an RSA operation; nothing to do for the other families.
bool set_padding(EVP_PKEY_CTX* context, const Scheme& scheme) {
  if (scheme.family == Scheme::Family::rsa_pkcs1) {
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
  }
  if (scheme.family != Scheme::Family::rsa_pss) return true;
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(context, method(scheme.hash)) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

}  // namespace

std::string_view name_of(KeyKind kind) {
  switch (kind) {
    case KeyKind::ecdsa_p256: return "ECDSA P-256";
    case KeyKind::ecdsa_p384: return "ECDSA P-384";
    case KeyKind::ecdsa_p521: return "ECDSA P-521";
    case KeyKind::rsa: return "RSA";
    case KeyKind::ed25519: return "Ed25519";
  }
  return "?";
}

Result<PublicKey> PublicKey::from_evp(evp_pkey_st* key, Bytes spki) {
  auto kind = kind_of(key);
  if (!kind) return std::unexpected(kind.error());
  EVP_PKEY_up_ref(key);
  std::shared_ptr<evp_pkey_st> shared(key, EVP_PKEY_free);
  return PublicKey(std::move(shared), *kind, std::move(spki));
}

Result<PublicKey> PublicKey::from_spki(BytesView der) {
  const auto* cursor = bytes_of(der);
  const PkeyOwner key(d2i_PUBKEY(nullptr, &cursor, static_cast<long>(der.size())));
  if (!key) {
    return fail(ErrorKind::malformed, "not a public key that this program can read: " + take_openssl_error());
  }
  if (cursor != bytes_of(der) + der.size()) return fail(ErrorKind::malformed, "there are bytes after the public key");
  if (to_der(i2d_PUBKEY, key.get()) != der) {
    return fail(ErrorKind::malformed, "the public key is not written in the one encoding that DER gives it");
  }
  return from_evp(key.get(), Bytes(der));
}

Result<PublicKey> PublicKey::from_pkcs1(BytesView der) {
  // SubjectPublicKeyInfo around it: AlgorithmIdentifier rsaEncryption with NULL, the key as BIT STRING.
  const Owner<X509_PUBKEY, X509_PUBKEY_free> wrapped(X509_PUBKEY_new());
  auto* copy = static_cast<unsigned char*>(OPENSSL_memdup(der.data(), der.size()));
  if (copy == nullptr || X509_PUBKEY_set0_param(wrapped.get(), OBJ_nid2obj(NID_rsaEncryption), V_ASN1_NULL, nullptr,
                                                copy, static_cast<int>(der.size())) != 1) {
    OPENSSL_free(copy);
    return fail(ErrorKind::malformed, "not a PKCS#1 public key: " + take_openssl_error());
  }
  return from_spki(to_der(i2d_X509_PUBKEY, wrapped.get()));
}

Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
  auto blocks = read_pem(pem, 1);
  if (!blocks) return std::unexpected(blocks.error());
  if (blocks->size() != 1) return fail(ErrorKind::malformed, "expected one PEM block with a public key");
  const PemBlock& block = blocks->front();
  if (block.label == "PUBLIC KEY") return from_spki(block.der);
  if (block.label == "RSA PUBLIC KEY") return from_pkcs1(block.der);
  return fail(ErrorKind::malformed, "expected a PEM block PUBLIC KEY, found " + block.label);
}

Bytes PublicKey::fingerprint() const { return base::hash(base::HashAlgorithm::sha256, *spki_); }

std::string_view PublicKey::raw_ed25519() const {
  // RFC 8410: the SPKI of Ed25519 is 12 fixed bytes and the key.
  return kind_ == KeyKind::ed25519 ? std::string_view(*spki_).substr(12) : std::string_view{};
}

Scheme registered_scheme(KeyKind kind) {
  switch (kind) {
    case KeyKind::ecdsa_p256: return {Scheme::Family::ecdsa, base::HashAlgorithm::sha256};
    case KeyKind::ecdsa_p384: return {Scheme::Family::ecdsa, base::HashAlgorithm::sha384};
    case KeyKind::ecdsa_p521: return {Scheme::Family::ecdsa, base::HashAlgorithm::sha512};
    case KeyKind::rsa: return {Scheme::Family::rsa_pkcs1, base::HashAlgorithm::sha256};
    case KeyKind::ed25519: return {Scheme::Family::ed25519, base::HashAlgorithm::sha512};
  }
  throw std::logic_error("unknown kind of key");
}

Result<void> verify_digest_signature(const PublicKey& key, const Scheme& scheme, BytesView digest,
                                     BytesView signature) {
  if (!fits(scheme, key.kind())) return does_not_fit(key);
  if (scheme.family == Scheme::Family::ed25519) {
    return fail(ErrorKind::unsupported,
                "an Ed25519 signature is over the message itself, of which only a hash is known");
  }
  const EVP_MD* md = method(scheme.hash);
  if (digest.size() != static_cast<std::size_t>(EVP_MD_get_size(md))) {
    return fail(ErrorKind::unsupported, "the signature is over another hash of the message than the one that is known");
  }
  Bytes converted;
  if (scheme.encoding == Scheme::Encoding::raw) {
    auto der = to_ecdsa_der(key.kind(), signature);
    if (!der) return std::unexpected(der.error());
    converted = std::move(*der);
    signature = converted;
  }
  const PkeyContextOwner context(EVP_PKEY_CTX_new(key.evp(), nullptr));
  if (!context || EVP_PKEY_verify_init(context.get()) != 1 || !set_padding(context.get(), scheme) ||
      EVP_PKEY_CTX_set_signature_md(context.get(), md) != 1) {
    return fail(ErrorKind::unsupported, "OpenSSL refuses this key or scheme: " + take_openssl_error());
  }
  if (EVP_PKEY_verify(context.get(), bytes_of(signature), signature.size(), bytes_of(digest), digest.size()) == 1) {
    return {};
  }
  return does_not_verify();
}

Result<void> verify_signature(const PublicKey& key, const Scheme& scheme, BytesView message, BytesView signature) {
  if (!fits(scheme, key.kind())) return does_not_fit(key);
  if (scheme.family != Scheme::Family::ed25519) {
    return verify_digest_signature(key, scheme, base::hash(scheme.hash, message), signature);
  }
  const MdContextOwner context(EVP_MD_CTX_new());
  if (!context || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.evp()) != 1) {
    return fail(ErrorKind::unsupported, "OpenSSL refuses this key: " + take_openssl_error());
  }
  if (EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message), message.size()) == 1) {
    return {};
  }
  return does_not_verify();
}

}  // namespace lock::trust::crypto
