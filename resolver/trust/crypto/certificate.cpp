#include "resolver/trust/crypto/certificate.hpp"

#include <array>

#include "resolver/base/text.hpp"
#include "resolver/trust/crypto/openssl.hpp"
#include "resolver/trust/crypto/pem.hpp"

namespace lock::trust::crypto {
namespace {

std::string dotted(const ASN1_OBJECT* object) {
  std::array<char, 128> text{};
  const int size = OBJ_obj2txt(text.data(), text.size(), object, 1);
  if (size <= 0 || static_cast<std::size_t>(size) >= text.size()) return "?";
  return std::string(text.data(), static_cast<std::size_t>(size));
}

std::string_view view(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string name_text(const X509_NAME* name) {
  const BioOwner out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return size <= 0 ? std::string{} : std::string(data, static_cast<std::size_t>(size));
}

// A name with a control character is an attempt to look like another one (NUL prefix, newline in a log).
bool is_clean(std::string_view text) {
  if (text.empty() || base::find_invalid_utf8(text)) return false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  }
  return true;
}

Result<AlternativeName> read_name(const GENERAL_NAME* name) {
  AlternativeName out;
  std::string_view text;
  switch (name->type) {
    case GEN_EMAIL:
      out.kind = AlternativeName::Kind::email;
      text = view(name->d.rfc822Name);
      break;
    case GEN_URI:
      out.kind = AlternativeName::Kind::uri;
      text = view(name->d.uniformResourceIdentifier);
      break;
    case GEN_DNS:
      out.kind = AlternativeName::Kind::dns;
      text = view(name->d.dNSName);
      break;
    case GEN_OTHERNAME: {
      const OTHERNAME* other = name->d.otherName;
      if (dotted(other->type_id) != oid::fulcio_user_name || other->value->type != V_ASN1_UTF8STRING) return out;
      out.kind = AlternativeName::Kind::user_name;
      text = view(other->value->value.utf8string);
      break;
    }
    default: return out;
  }
  if (!is_clean(text)) {
    return fail(ErrorKind::malformed, "the alternative name `" + base::harmless(text) +
                                          "` is empty or holds characters that no identity has");
  }
  out.text = text;
  return out;
}

}  // namespace

Result<Certificate> Certificate::from_der(BytesView der) {
  const auto* cursor = bytes_of(der);
  X509* parsed = d2i_X509(nullptr, &cursor, static_cast<long>(der.size()));
  if (parsed == nullptr) return fail(ErrorKind::malformed, "not an X.509 certificate: " + take_openssl_error());
  std::shared_ptr<x509_st> x509(parsed, X509_free);
  if (cursor != bytes_of(der) + der.size()) return fail(ErrorKind::malformed, "there are bytes after the certificate");
  // Fills OpenSSL's cache of extensions now, so that later readers on several threads only read.
  X509_check_purpose(parsed, -1, 0);
  const std::uint32_t flags = X509_get_extension_flags(parsed);
  if ((flags & EXFLAG_INVALID) != 0) {
    ERR_clear_error();
    return fail(ErrorKind::malformed, "the certificate holds extensions that are malformed or contradict each other");
  }
  const auto not_before = read_time(X509_get0_notBefore(parsed));
  const auto not_after = read_time(X509_get0_notAfter(parsed));
  if (!not_before || !not_after) return fail(ErrorKind::malformed, "the certificate's validity is no time");

  EVP_PKEY* key = X509_get0_pubkey(parsed);
  Result<PublicKey> public_key =
      key == nullptr ? fail(ErrorKind::unsupported, "the certificate's key cannot be read: " + take_openssl_error())
                     : PublicKey::from_evp(key, to_der(i2d_X509_PUBKEY, X509_get_X509_PUBKEY(parsed)));
  auto fields = std::make_shared<Fields>(Fields{.x509 = std::move(x509),
                                                .der = Bytes(der),
                                                .key = std::move(public_key),
                                                .validity = {*not_before, not_after},
                                                .extended_key_usage = {}});
  fields->self_issued = (flags & EXFLAG_SI) != 0;
  fields->authority = (flags & EXFLAG_CA) != 0;
  if ((flags & EXFLAG_KUSAGE) != 0) fields->key_usage = X509_get_key_usage(parsed);

  int critical = 0;
  const Owner<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free> usages(
      static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(parsed, NID_ext_key_usage, &critical, nullptr)));
  if (!usages && critical != -1) return fail(ErrorKind::malformed, "the extended key usage cannot be read");
  if (usages) {
    for (int i = 0; i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
      fields->extended_key_usage.push_back(dotted(sk_ASN1_OBJECT_value(usages.get(), i)));
    }
    fields->extended_key_usage_critical = critical == 1;
  }
  ERR_clear_error();
  return Certificate(std::move(fields));
}

Result<std::vector<Certificate>> Certificate::from_pem(std::string_view pem, std::size_t most) {
  auto blocks = read_pem(pem, most);
  if (!blocks) return std::unexpected(blocks.error());
  std::vector<Certificate> out;
  for (const PemBlock& block : *blocks) {
    if (block.label != "CERTIFICATE") {
      return fail(ErrorKind::malformed, "expected a PEM block CERTIFICATE, found " + base::harmless(block.label));
    }
    auto certificate = from_der(block.der);
    if (!certificate) return std::unexpected(certificate.error());
    out.push_back(std::move(*certificate));
  }
  return out;
}

std::string Certificate::subject() const { return name_text(X509_get_subject_name(x509())); }
std::string Certificate::issuer() const { return name_text(X509_get_issuer_name(x509())); }

Result<std::vector<AlternativeName>> Certificate::alternative_names() const {
  int critical = 0;
  const Owner<GENERAL_NAMES, GENERAL_NAMES_free> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(x509(), NID_subject_alt_name, &critical, nullptr)));
  std::vector<AlternativeName> out;
  if (!names) {
    ERR_clear_error();
    if (critical == -1) return out;
    return fail(ErrorKind::malformed, "the subject alternative name cannot be read");
  }
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    auto name = read_name(sk_GENERAL_NAME_value(names.get(), i));
    if (!name) return std::unexpected(name.error());
    out.push_back(std::move(*name));
  }
  return out;
}

Result<std::optional<Bytes>> Certificate::extension(const char* dotted_oid) const {
  const Owner<ASN1_OBJECT, ASN1_OBJECT_free> wanted(OBJ_txt2obj(dotted_oid, 1));
  const int at = X509_get_ext_by_OBJ(x509(), wanted.get(), -1);
  if (at < 0) return std::optional<Bytes>{};
  if (X509_get_ext_by_OBJ(x509(), wanted.get(), at) >= 0) {
    return fail(ErrorKind::malformed, "the certificate holds the extension " + std::string(dotted_oid) + " twice");
  }
  return Bytes(view(X509_EXTENSION_get_data(X509_get_ext(x509(), at))));
}

std::optional<std::string> read_utf8_string(BytesView der) {
  const auto* cursor = bytes_of(der);
  const Owner<ASN1_UTF8STRING, ASN1_UTF8STRING_free> text(
      d2i_ASN1_UTF8STRING(nullptr, &cursor, static_cast<long>(der.size())));
  if (!text || cursor != bytes_of(der) + der.size()) {
    ERR_clear_error();
    return std::nullopt;
  }
  const std::string_view value = view(text.get());
  if (base::find_invalid_utf8(value)) return std::nullopt;
  return std::string(value);
}

}  // namespace lock::trust::crypto
