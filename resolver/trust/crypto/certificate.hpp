// X.509 certificates (RFC 5280) as the signature systems use them. A Certificate has been parsed, not trusted: see
// chain.hpp for paths. Cheap to copy, immutable, safe to share between threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/bytes.hpp"
#include "resolver/base/error.hpp"
#include "resolver/trust/crypto/key.hpp"
#include "resolver/trust/crypto/time.hpp"

struct x509_st;  // OpenSSL's X509

namespace lock::trust::crypto {

// One entry of the subject alternative name extension. `text` is the value of email, uri and dns, and the UTF8String of
// an otherName of type 1.3.6.1.4.1.57264.1.7 (Fulcio's user names); of other kinds it is empty.
struct AlternativeName {
  enum class Kind : std::uint8_t { email, uri, dns, user_name, other };
  Kind kind = Kind::other;
  std::string text;
};

class Certificate {
 public:
  // ErrorKind::malformed: not a certificate, bytes after it, or extensions that contradict each other. A certificate
  // whose key is of an unsupported kind is still one: `key()` says so.
  [[nodiscard]] static Result<Certificate> from_der(BytesView der);
  // One to `most` PEM blocks CERTIFICATE.
  [[nodiscard]] static Result<std::vector<Certificate>> from_pem(std::string_view pem, std::size_t most);

  [[nodiscard]] const Bytes& der() const { return fields_->der; }
  [[nodiscard]] const Result<PublicKey>& key() const { return fields_->key; }
  [[nodiscard]] const Validity& validity() const { return fields_->validity; }  // always with an end
  [[nodiscard]] bool is_self_issued() const { return fields_->self_issued; }    // issuer name equals subject name
  [[nodiscard]] bool is_authority() const { return fields_->authority; }        // basic constraints say CA
  [[nodiscard]] std::string subject() const;                                    // RFC 2253 text, for people
  [[nodiscard]] std::string issuer() const;

  // The key usage bits of RFC 5280 section 4.2.1.3; nullopt without the extension.
  [[nodiscard]] std::optional<std::uint32_t> key_usage() const { return fields_->key_usage; }
  // Dotted OIDs of the extended key usage extension; empty without it.
  [[nodiscard]] const std::vector<std::string>& extended_key_usage() const { return fields_->extended_key_usage; }
  [[nodiscard]] bool extended_key_usage_is_critical() const { return fields_->extended_key_usage_critical; }

  // ErrorKind::malformed for an extension that cannot be read, or a name that holds NUL or another control character.
  [[nodiscard]] Result<std::vector<AlternativeName>> alternative_names() const;
  // The contents of the OCTET STRING of an extension; nullopt when there is none, malformed when there are two.
  [[nodiscard]] Result<std::optional<Bytes>> extension(const char* dotted_oid) const;

  [[nodiscard]] x509_st* x509() const { return fields_->x509.get(); }
  friend bool operator==(const Certificate& a, const Certificate& b) { return a.der() == b.der(); }

 private:
  struct Fields {
    std::shared_ptr<x509_st> x509;
    Bytes der;
    Result<PublicKey> key;
    Validity validity;
    bool self_issued = false;
    bool authority = false;
    std::optional<std::uint32_t> key_usage;
    std::vector<std::string> extended_key_usage;
    bool extended_key_usage_critical = false;
  };
  explicit Certificate(std::shared_ptr<const Fields> fields) : fields_(std::move(fields)) {}
  std::shared_ptr<const Fields> fields_;
};

namespace oid {
inline constexpr const char* code_signing = "1.3.6.1.5.5.7.3.3";
inline constexpr const char* time_stamping = "1.3.6.1.5.5.7.3.8";
inline constexpr const char* signed_certificate_timestamps = "1.3.6.1.4.1.11129.2.4.2";
inline constexpr const char* fulcio_issuer = "1.3.6.1.4.1.57264.1.8";
inline constexpr const char* fulcio_issuer_old = "1.3.6.1.4.1.57264.1.1";
inline constexpr const char* fulcio_source_repository = "1.3.6.1.4.1.57264.1.12";
inline constexpr const char* fulcio_user_name = "1.3.6.1.4.1.57264.1.7";
}  // namespace oid

namespace key_usage {
inline constexpr std::uint32_t digital_signature = 0x80;
inline constexpr std::uint32_t key_cert_sign = 0x04;
}  // namespace key_usage

// The contents of a DER UTF8String that fills `der`; nullopt when it is anything else.
[[nodiscard]] std::optional<std::string> read_utf8_string(BytesView der);

}  // namespace lock::trust::crypto
