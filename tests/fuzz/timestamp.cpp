// Any bytes as an RFC 3161 response, judged under the timestamp authority of the built-in trusted root.
#include <cstdint>
#include <string_view>

#include "resolver/trust/crypto/timestamp.hpp"
#include "resolver/trust/sigstore/certificate.hpp"
#include "resolver/trust/sigstore/public_good.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view der(reinterpret_cast<const char*>(data), size);
  const auto timestamp = lock::trust::crypto::Timestamp::from_response(der);
  if (!timestamp) return 0;
  static const auto root = lock::trust::sigstore::public_good_root().value();
  static_cast<void>(lock::trust::sigstore::verify_timestamp_under(*timestamp, "x", *root));
  return 0;
}
