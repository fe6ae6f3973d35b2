#include "resolver/trust/crypto/sct.hpp"

#include <optional>

#include "resolver/base/hash.hpp"
#include "resolver/trust/crypto/openssl.hpp"

namespace lock::trust::crypto {
namespace {

constexpr std::size_t kMostScts = 32;

// Reads the presentation language of RFC 5246 section 4: big-endian numbers, vectors with a length in front.
class Reader {
 public:
  explicit Reader(BytesView bytes) : bytes_(bytes) {}
  [[nodiscard]] bool done() const { return bytes_.empty(); }

  std::optional<std::uint64_t> number(std::size_t width) {
    const auto taken = take(width);
    if (!taken) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : *taken) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }

  std::optional<BytesView> take(std::size_t size) {
    if (bytes_.size() < size) return std::nullopt;
    const BytesView out = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return out;
  }

  std::optional<BytesView> vector(std::size_t width) {
    const auto size = number(width);
    return size ? take(*size) : std::nullopt;
  }

 private:
  BytesView bytes_;
};

void append_number(Bytes& out, std::uint64_t value, std::size_t width) {
  for (std::size_t i = width; i-- > 0;) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

std::optional<SignedCertificateTimestamp> read_sct(BytesView bytes) {
  Reader in(bytes);
  const auto version = in.number(1);
  if (!version || *version != 0) return std::nullopt;
  const auto log_id = in.take(32);
  const auto time = in.number(8);
  const auto extensions = in.vector(2);
  const auto hash = in.number(1);
  const auto algorithm = in.number(1);
  const auto signature = in.vector(2);
  if (!log_id || !time || !extensions || !hash || !algorithm || !signature || !in.done()) return std::nullopt;
  return SignedCertificateTimestamp{.log_id = Bytes(*log_id),
                                    .milliseconds = *time,
                                    .extensions = Bytes(*extensions),
                                    .hash_algorithm = static_cast<std::uint8_t>(*hash),
                                    .signature_algorithm = static_cast<std::uint8_t>(*algorithm),
                                    .signature = Bytes(*signature)};
}

std::unexpected<Error> malformed() {
  return fail(ErrorKind::malformed, "the list of signed certificate timestamps cannot be read");
}

// The TBSCertificate without the SCT list (RFC 6962 section 3.2: "the DER-encoded TBSCertificate ... without the poison
// extension" is what the log signed).
Bytes precertificate_tbs(const Certificate& certificate) {
  const X509Owner copy(X509_dup(certificate.x509()));
  if (!copy) return {};
  const int at = X509_get_ext_by_NID(copy.get(), NID_ct_precert_scts, -1);
  if (at < 0) return {};
  X509_EXTENSION_free(X509_delete_ext(copy.get(), at));
  return to_der(i2d_re_X509_tbs, copy.get());
}

}  // namespace

Time SignedCertificateTimestamp::time() const {
  // Beyond what the clock type holds is beyond every validity range too.
  constexpr std::uint64_t most = 253402300800000;  // the year 10000
  return Time{std::chrono::milliseconds{static_cast<std::int64_t>(std::min(milliseconds, most))}};
}

Result<std::vector<SignedCertificateTimestamp>> read_scts(const Certificate& certificate) {
  auto extension = certificate.extension(oid::signed_certificate_timestamps);
  if (!extension) return std::unexpected(extension.error());
  std::vector<SignedCertificateTimestamp> out;
  if (!*extension) return out;
  const auto* cursor = bytes_of(**extension);
  const Owner<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> text(
      d2i_ASN1_OCTET_STRING(nullptr, &cursor, static_cast<long>((*extension)->size())));
  if (!text || cursor != bytes_of(**extension) + (*extension)->size()) {
    ERR_clear_error();
    return malformed();
  }
  Reader outer({reinterpret_cast<const char*>(ASN1_STRING_get0_data(text.get())),
                static_cast<std::size_t>(ASN1_STRING_length(text.get()))});
  const auto list = outer.vector(2);
  if (!list || !outer.done()) return malformed();
  Reader in(*list);
  while (!in.done()) {
    const auto item = in.vector(2);
    auto sct = item ? read_sct(*item) : std::nullopt;
    if (!sct || out.size() == kMostScts) return malformed();
    out.push_back(std::move(*sct));
  }
  return out;
}

Result<void> verify_sct(const SignedCertificateTimestamp& sct, const Certificate& certificate,
                        const Certificate& issuer, const PublicKey& log) {
  constexpr std::uint8_t sha256 = 4;
  constexpr std::uint8_t rsa = 1;
  constexpr std::uint8_t ecdsa = 3;
  const bool is_rsa = log.kind() == KeyKind::rsa;
  if (sct.hash_algorithm != sha256 || sct.signature_algorithm != (is_rsa ? rsa : ecdsa)) {
    return fail(ErrorKind::mismatch, "the certificate timestamp names another algorithm than the log's key has");
  }
  if (!issuer.key()) return std::unexpected(issuer.key().error());
  const Bytes tbs = precertificate_tbs(certificate);
  if (tbs.empty() || tbs.size() > 0xffffff) {
    return fail(ErrorKind::malformed, "the certificate cannot be written as a precertificate: " + take_openssl_error());
  }
  // RFC 6962 section 3.2, digitally-signed struct.
  Bytes message;
  append_number(message, 0, 1);  // version v1
  append_number(message, 0, 1);  // signature_type certificate_timestamp
  append_number(message, sct.milliseconds, 8);
  append_number(message, 1, 2);  // entry_type precert_entry
  message += base::hash(base::HashAlgorithm::sha256, issuer.key()->spki());
  append_number(message, tbs.size(), 3);
  message += tbs;
  append_number(message, sct.extensions.size(), 2);
  message += sct.extensions;
  const Scheme scheme{is_rsa ? Scheme::Family::rsa_pkcs1 : Scheme::Family::ecdsa, base::HashAlgorithm::sha256};
  return verify_signature(log, scheme, message, sct.signature);
}

}  // namespace lock::trust::crypto
