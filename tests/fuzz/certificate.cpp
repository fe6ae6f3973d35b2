// Any bytes as a certificate: every extension that is looked at, the profile, the path and the certificate timestamps.
#include <array>
#include <cstdint>
#include <string_view>

#include "resolver/trust/crypto/sct.hpp"
#include "resolver/trust/sigstore/certificate.hpp"
#include "resolver/trust/sigstore/public_good.hpp"
#include "resolver/trust/sigstore/verify.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lock::trust;
  const std::string_view der(reinterpret_cast<const char*>(data), size);
  const auto certificate = crypto::Certificate::from_der(der);
  if (!certificate) return 0;
  static const auto root = sigstore::public_good_root().value();
  static_cast<void>(sigstore::read_identity(*certificate));
  static_cast<void>(certificate->subject() + certificate->issuer());
  static_cast<void>(crypto::check_code_signing_leaf(*certificate));
  static_cast<void>(crypto::check_time_stamping_leaf(*certificate));
  const std::array<crypto::Certificate, 1> chain{*certificate};
  const std::array<crypto::Time, 1> times{certificate->validity().start};
  static_cast<void>(sigstore::verify_path_under(chain, *root, times));
  const auto& authority = root->certificate_authorities().back().chain.front();
  static_cast<void>(sigstore::verify_scts_under(*certificate, authority, *root));
  if (const auto scts = crypto::read_scts(*certificate)) {
    const auto key = root->ct_logs().back().key.value();
    for (const auto& sct : *scts) static_cast<void>(crypto::verify_sct(sct, *certificate, authority, key));
  }
  return 0;
}
