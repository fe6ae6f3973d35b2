// The parts of verification that ask a trust root about certificates and timestamps. Every authority that was tried and
// refused leaves its reason in the error: "not trusted" without a why helps nobody.
#pragma once

#include <span>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/trust/crypto/certificate.hpp"
#include "resolver/trust/crypto/timestamp.hpp"
#include "resolver/trust/sigstore/bundle.hpp"
#include "resolver/trust/sigstore/trusted_root.hpp"

namespace lock::trust::sigstore {

// The time of a timestamp over `data` by an authority of the root, which trusts it at that time. ErrorKind::absent: by
// none of them.
[[nodiscard]] Result<crypto::Time> verify_timestamp_under(const crypto::Timestamp& timestamp, BytesView data,
                                                          const TrustedRoot& root);

// The path from the leaf (the first of `certificates`; the others may help) to an authority of the root that is trusted
// at every time. At least two certificates.
[[nodiscard]] Result<std::vector<crypto::Certificate>> verify_path_under(
    std::span<const crypto::Certificate> certificates, const TrustedRoot& root, std::span<const crypto::Time> times);

// At least one SCT by a CT log of the root, valid at the SCT's time; an SCT of a known log that does not verify is an
// error even beside a good one. A root without CT logs asks for none.
[[nodiscard]] Result<void> verify_scts_under(const crypto::Certificate& leaf, const crypto::Certificate& issuer,
                                             const TrustedRoot& root);

// What a key of this kind may have signed with: the algorithm registry's choice, PSS beside PKCS#1 for RSA, and in
// cosign's older layout SHA-256 for every curve, because cosign 2 hashed so.
[[nodiscard]] std::vector<crypto::Scheme> accepted_schemes(crypto::KeyKind kind, Bundle::Version version);

}  // namespace lock::trust::sigstore
