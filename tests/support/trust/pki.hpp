// Keys and certificates made at run time, for trust worlds. Tests may make what no authority would issue: every field
// of a certificate is an option.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "resolver/base/bytes.hpp"
#include "resolver/base/hash.hpp"
#include "resolver/trust/crypto/certificate.hpp"

struct evp_pkey_st;
struct x509_st;

namespace lock::test {

class Key {
 public:
  [[nodiscard]] static Key ecdsa(const char* curve = "P-256");
  [[nodiscard]] static Key rsa(unsigned bits = 2048);
  [[nodiscard]] static Key ed25519();

  // ECDSA in DER, RSA PKCS#1, Ed25519 over the message.
  [[nodiscard]] Bytes sign(BytesView message, base::HashAlgorithm hash = base::HashAlgorithm::sha256) const;
  [[nodiscard]] Bytes sign_pss(BytesView message, int salt_length) const;  // SHA-256
  [[nodiscard]] Bytes spki() const;
  [[nodiscard]] std::string pem() const;
  [[nodiscard]] Bytes fingerprint() const { return base::hash(base::HashAlgorithm::sha256, spki()); }
  [[nodiscard]] evp_pkey_st* evp() const { return key_.get(); }

 private:
  explicit Key(evp_pkey_st* key);
  std::shared_ptr<evp_pkey_st> key_;
};

struct CertificateOptions {
  std::string common_name = "test";
  std::int64_t not_before = 0;  // Unix seconds
  std::int64_t not_after = 0;
  std::string basic_constraints;  // OpenSSL's configuration syntax: "critical,CA:TRUE,pathlen:0"; empty: no extension
  std::string key_usage = "critical,digitalSignature";
  std::string extended_key_usage;
  std::vector<std::string> alternative_names;  // "URI:https://…", "email:…", "DNS:…", "user:…" (Fulcio's otherName)
  std::vector<std::pair<std::string, Bytes>> extensions;  // dotted OID, contents
  bool sha1 = false;                                      // signed with SHA-1
};

struct Issued {
  Key key;
  trust::crypto::Certificate certificate;
};

// A certificate for `key`, signed by `issuer_key` in the name of `issuer`; self-signed when `issuer` is null.
[[nodiscard]] trust::crypto::Certificate issue(const CertificateOptions& options, const Key& key,
                                               const trust::crypto::Certificate* issuer, const Key& issuer_key);

// What a CT log signs of it (RFC 6962 section 3.2), to be put into the extension that `sct_extension` makes.
[[nodiscard]] Bytes to_be_signed(const trust::crypto::Certificate& certificate);
[[nodiscard]] std::pair<std::string, Bytes> sct_extension(const trust::crypto::Certificate& precertificate,
                                                          const trust::crypto::Certificate& issuer, const Key& log,
                                                          std::int64_t seconds, BytesView extensions = {});

// The same certificate with one extension more, at the end, signed again.
[[nodiscard]] trust::crypto::Certificate with_extension(const trust::crypto::Certificate& certificate,
                                                        const std::pair<std::string, Bytes>& extension,
                                                        const Key& issuer_key, bool sha1 = false);

// A TimeStampResp over `data` at `seconds`, with the signing certificate inside when `embed`.
[[nodiscard]] Bytes stamp(const Issued& authority, BytesView data, std::int64_t seconds, bool embed = true);

[[nodiscard]] Bytes utf8_string(std::string_view text);  // DER

}  // namespace lock::test
