// Any bytes as a DSSE envelope, and its payload as an in-toto statement.
#include <cstdint>
#include <string_view>

#include "resolver/trust/crypto/dsse.hpp"
#include "resolver/trust/in_toto/statement.hpp"
#include "resolver/trust/sigstore/cosign.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const auto digest = lock::image::Digest::sha256_of("x");
  static_cast<void>(lock::trust::sigstore::check_simple_signing(text, digest));
  static_cast<void>(lock::trust::in_toto::parse_statement(text));
  const auto envelope = lock::trust::crypto::parse_envelope(text);
  if (!envelope) return 0;
  static_cast<void>(lock::trust::crypto::pre_authentication_encoding(envelope->payload_type, envelope->payload));
  static_cast<void>(lock::trust::in_toto::parse_statement(envelope->payload));
  return 0;
}
