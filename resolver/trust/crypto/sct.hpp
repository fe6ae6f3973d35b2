// Signed Certificate Timestamps that are embedded in a certificate: RFC 6962 sections 3.2 and 3.3. Extensions of an SCT
// are part of what it signs (static CT logs put the leaf index there) and are not interpreted.
#pragma once

#include <cstdint>
#include <vector>

#include "resolver/base/bytes.hpp"
#include "resolver/base/error.hpp"
#include "resolver/trust/crypto/certificate.hpp"

namespace lock::trust::crypto {

struct SignedCertificateTimestamp {
  Bytes log_id;  // 32 bytes, SHA-256 of the log's SPKI
  std::uint64_t milliseconds = 0;
  Bytes extensions;
  std::uint8_t hash_algorithm = 0;       // RFC 5246 section 7.4.1.4.1: 4 is SHA-256
  std::uint8_t signature_algorithm = 0;  // 1 is RSA, 3 is ECDSA
  Bytes signature;

  [[nodiscard]] Time time() const;
};

// The SCTs in the certificate, empty without the extension. ErrorKind::malformed, also for an SCT of another version
// than v1: a list that can be read only in part says nothing.
[[nodiscard]] Result<std::vector<SignedCertificateTimestamp>> read_scts(const Certificate& certificate);

// Whether `log` signed `sct` over the precertificate of `certificate`, issued by `issuer`.
[[nodiscard]] Result<void> verify_sct(const SignedCertificateTimestamp& sct, const Certificate& certificate,
                                      const Certificate& issuer, const PublicKey& log);

}  // namespace lock::trust::crypto
