#include "resolver/trust/crypto/sct.hpp"

#include <algorithm>
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

// One element of DER (X.690): a tag of one byte, a definite length, the contents. The first of `bytes`; nullopt when it
// does not stand there whole.
struct Element {
  std::uint8_t tag = 0;
  BytesView whole, contents;
};

std::optional<Element> first_element(BytesView bytes) {
  if (bytes.size() < 2) return std::nullopt;
  const auto at = [bytes](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  std::size_t header = 2, length = at(1);
  if (length >= 0x80) {
    const std::size_t count = length & 0x7f;
    if (count == 0 || count > 3 || bytes.size() < 2 + count) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < count; ++i) length = length << 8 | at(2 + i);
    header += count;
  }
  if (length > bytes.size() - header) return std::nullopt;
  return Element{at(0), bytes.substr(0, header + length), bytes.substr(header, length)};
}

void append_element(Bytes& out, std::uint8_t tag, BytesView contents) {
  append_number(out, tag, 1);
  const std::size_t size = contents.size();
  const std::size_t count = size < 0x80 ? 0 : size <= 0xff ? 1 : size <= 0xffff ? 2 : 3;
  if (count != 0) append_number(out, 0x80 | count, 1);
  append_number(out, size, std::max<std::size_t>(count, 1));
  out += contents;
}

// The extensions without the SCT list; empty when it is not among them, or nothing is left.
Bytes without_scts(BytesView extensions) {
  constexpr BytesView scts = "\x06\x0A\x2B\x06\x01\x04\x01\xD6\x79\x02\x04\x02";  // oid::signed_certificate_timestamps
  Bytes left;
  bool found = false;
  while (!extensions.empty()) {
    const auto one = first_element(extensions);
    if (!one) return {};
    extensions.remove_prefix(one->whole.size());
    if (!found && one->contents.starts_with(scts)) {
      found = true;
    } else {
      left += one->whole;
    }
  }
  return found ? left : Bytes();
}

// The TBSCertificate without the SCT list (RFC 6962 section 3.2: "the DER-encoded TBSCertificate ... without the poison
// extension" is what the log signed), cut out of the certificate's bytes: letting OpenSSL copy, change and encode the
// certificate decodes its key once more, which costs as much as verifying a signature. Empty when it cannot be done.
Bytes precertificate_tbs(const Certificate& certificate) {
  constexpr std::uint8_t sequence = 0x30, extensions_tag = 0xA3;
  const Bytes& der = certificate.der();
  const auto outer = first_element(der);
  const auto tbs = outer ? first_element(outer->contents) : std::nullopt;
  if (!tbs || tbs->tag != sequence) return {};
  Bytes fields;
  bool cut = false;
  for (BytesView rest = tbs->contents; !rest.empty();) {
    const auto field = first_element(rest);
    if (!field) return {};
    rest.remove_prefix(field->whole.size());
    if (field->tag != extensions_tag) {
      fields += field->whole;
      continue;
    }
    const auto list = first_element(field->contents);
    if (!list || list->tag != sequence || list->whole.size() != field->contents.size()) return {};
    const Bytes left = without_scts(list->contents);
    if (left.empty()) return {};
    Bytes written;
    append_element(written, sequence, left);
    append_element(fields, extensions_tag, written);
    cut = true;
  }
  if (!cut) return {};
  Bytes out;
  append_element(out, sequence, fields);
  return out;
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
    return fail(ErrorKind::malformed, "the certificate cannot be written as a precertificate");
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
