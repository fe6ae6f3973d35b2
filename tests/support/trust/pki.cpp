#include "tests/support/trust/pki.hpp"

#include <openssl/rsa.h>

#include <stdexcept>

#include "resolver/trust/crypto/openssl.hpp"
#include "resolver/trust/crypto/pem.hpp"

namespace lock::test {
namespace {

using namespace trust::crypto;

void require(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string("OpenSSL could not ") + what + ": " + take_openssl_error());
}

const EVP_MD* method(base::HashAlgorithm hash) {
  if (hash == base::HashAlgorithm::sha384) return EVP_sha384();
  return hash == base::HashAlgorithm::sha512 ? EVP_sha512() : EVP_sha256();
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  if (value.empty()) return;
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer == nullptr ? certificate : issuer, certificate, nullptr, nullptr, 0);
  const Owner<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  require(extension != nullptr, value.c_str());
  X509_add_ext(certificate, extension.get(), -1);
}

void add_raw_extension(X509* certificate, const std::string& oid, const Bytes& contents) {
  const Owner<ASN1_OBJECT, ASN1_OBJECT_free> object(OBJ_txt2obj(oid.c_str(), 1));
  const Owner<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> octets(ASN1_OCTET_STRING_new());
  ASN1_OCTET_STRING_set(octets.get(), bytes_of(contents), static_cast<int>(contents.size()));
  const Owner<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509_EXTENSION_create_by_OBJ(nullptr, object.get(), 0, octets.get()));
  X509_add_ext(certificate, extension.get(), -1);
}

GENERAL_NAME* general_name(const std::string& text) {
  const auto colon = text.find(':');
  const std::string kind = text.substr(0, colon);
  const std::string value = text.substr(colon + 1);
  GENERAL_NAME* name = GENERAL_NAME_new();
  if (kind == "user") {
    ASN1_TYPE* type = ASN1_TYPE_new();
    ASN1_STRING* string = ASN1_UTF8STRING_new();
    ASN1_STRING_set(string, value.data(), static_cast<int>(value.size()));
    ASN1_TYPE_set(type, V_ASN1_UTF8STRING, string);
    GENERAL_NAME_set0_othername(name, OBJ_txt2obj(oid::fulcio_user_name, 1), type);
    return name;
  }
  ASN1_IA5STRING* string = ASN1_IA5STRING_new();
  ASN1_STRING_set(string, value.data(), static_cast<int>(value.size()));
  GENERAL_NAME_set0_value(name, kind == "URI" ? GEN_URI : kind == "email" ? GEN_EMAIL : GEN_DNS, string);
  return name;
}

void add_names(X509* certificate, const std::vector<std::string>& names) {
  if (names.empty()) return;
  const Owner<GENERAL_NAMES, GENERAL_NAMES_free> stack(sk_GENERAL_NAME_new_null());
  for (const std::string& name : names) sk_GENERAL_NAME_push(stack.get(), general_name(name));
  X509_add1_ext_i2d(certificate, NID_subject_alt_name, stack.get(), 1, X509V3_ADD_APPEND);
}

void append(Bytes& out, std::uint64_t value, int width) {
  for (int i = width; i-- > 0;) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

}  // namespace

Key::Key(evp_pkey_st* key) : key_(key, EVP_PKEY_free) { require(key != nullptr, "make a key"); }
Key Key::ecdsa(const char* curve) { return Key(EVP_EC_gen(curve)); }
Key Key::rsa(unsigned bits) { return Key(EVP_RSA_gen(bits)); }
Key Key::ed25519() { return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

Bytes Key::sign(BytesView message, base::HashAlgorithm hash) const {
  const MdContextOwner context(EVP_MD_CTX_new());
  const bool pure = EVP_PKEY_get_base_id(evp()) == EVP_PKEY_ED25519;
  require(EVP_DigestSignInit(context.get(), nullptr, pure ? nullptr : method(hash), nullptr, evp()) == 1, "sign");
  Bytes out(2048, '\0');
  std::size_t size = out.size();
  require(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes_of(message),
                         message.size()) == 1,
          "sign");
  out.resize(size);
  return out;
}

Bytes Key::sign_pss(BytesView message, int salt_length) const {
  const MdContextOwner context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  require(EVP_DigestSignInit(context.get(), &parameters, EVP_sha256(), nullptr, evp()) == 1, "sign");
  EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
  EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, salt_length);
  Bytes out(2048, '\0');
  std::size_t size = out.size();
  require(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes_of(message),
                         message.size()) == 1,
          "sign");
  out.resize(size);
  return out;
}

Bytes Key::spki() const { return to_der(i2d_PUBKEY, evp()); }
std::string Key::pem() const { return write_pem("PUBLIC KEY", spki()); }

Certificate issue(const CertificateOptions& options, const Key& key, const Certificate* issuer, const Key& issuer_key) {
  const X509Owner out(X509_new());
  X509_set_version(out.get(), X509_VERSION_3);
  static std::int64_t serial = 1000;
  ASN1_INTEGER_set_int64(X509_get_serialNumber(out.get()), ++serial);
  ASN1_TIME_set(X509_getm_notBefore(out.get()), options.not_before);
  ASN1_TIME_set(X509_getm_notAfter(out.get()), options.not_after);
  X509_NAME* name = X509_get_subject_name(out.get());
  if (!options.common_name.empty()) {
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, bytes_of(options.common_name), -1, -1, 0);
  }
  X509_set_issuer_name(out.get(), issuer == nullptr ? name : X509_get_subject_name(issuer->x509()));
  X509_set_pubkey(out.get(), key.evp());
  X509* authority = issuer == nullptr ? nullptr : issuer->x509();
  add_extension(out.get(), authority, NID_basic_constraints, options.basic_constraints);
  add_extension(out.get(), authority, NID_key_usage, options.key_usage);
  add_extension(out.get(), authority, NID_ext_key_usage, options.extended_key_usage);
  add_names(out.get(), options.alternative_names);
  add_extension(out.get(), authority, NID_subject_key_identifier, "hash");
  if (authority != nullptr) add_extension(out.get(), authority, NID_authority_key_identifier, "keyid:always");
  for (const auto& [oid, contents] : options.extensions) add_raw_extension(out.get(), oid, contents);
  const bool pure = EVP_PKEY_get_base_id(issuer_key.evp()) == EVP_PKEY_ED25519;
  require(X509_sign(out.get(), issuer_key.evp(),
                    pure           ? nullptr
                    : options.sha1 ? EVP_sha1()
                                   : EVP_sha256()) > 0,
          "sign a certificate");
  return Certificate::from_der(to_der(i2d_X509, out.get())).value();
}

Bytes to_be_signed(const Certificate& certificate) {
  const X509Owner copy(X509_dup(certificate.x509()));
  return to_der(i2d_re_X509_tbs, copy.get());
}

std::pair<std::string, Bytes> sct_extension(const Certificate& precertificate, const Certificate& issuer,
                                            const Key& log, std::int64_t seconds, BytesView extensions) {
  const Bytes tbs = to_be_signed(precertificate);
  Bytes message("\0\0", 2);
  append(message, static_cast<std::uint64_t>(seconds) * 1000, 8);
  append(message, 1, 2);
  message += issuer.key()->fingerprint();
  append(message, tbs.size(), 3);
  message += tbs;
  append(message, extensions.size(), 2);
  message += extensions;
  const Bytes signature = log.sign(message);
  Bytes sct("\0", 1);
  sct += log.fingerprint();
  append(sct, static_cast<std::uint64_t>(seconds) * 1000, 8);
  append(sct, extensions.size(), 2);
  sct += extensions;
  sct += EVP_PKEY_get_base_id(log.evp()) == EVP_PKEY_RSA ? Bytes("\4\1", 2) : Bytes("\4\3", 2);
  append(sct, signature.size(), 2);
  sct += signature;
  Bytes list;
  append(list, sct.size() + 2, 2);
  append(list, sct.size(), 2);
  list += sct;
  const Owner<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> octets(ASN1_OCTET_STRING_new());
  ASN1_OCTET_STRING_set(octets.get(), bytes_of(list), static_cast<int>(list.size()));
  return {oid::signed_certificate_timestamps, to_der(i2d_ASN1_OCTET_STRING, octets.get())};
}

Certificate with_extension(const Certificate& certificate, const std::pair<std::string, Bytes>& extension,
                           const Key& issuer_key, bool sha1) {
  const X509Owner copy(X509_dup(certificate.x509()));
  add_raw_extension(copy.get(), extension.first, extension.second);
  require(X509_sign(copy.get(), issuer_key.evp(), sha1 ? EVP_sha1() : EVP_sha256()) > 0, "sign a certificate");
  return Certificate::from_der(to_der(i2d_X509, copy.get())).value();
}

Bytes stamp(const Issued& authority, BytesView data, std::int64_t seconds, bool embed) {
  const Owner<TS_REQ, TS_REQ_free> request(TS_REQ_new());
  TS_REQ_set_version(request.get(), 1);
  const Owner<TS_MSG_IMPRINT, TS_MSG_IMPRINT_free> imprint(TS_MSG_IMPRINT_new());
  const Owner<X509_ALGOR, X509_ALGOR_free> algorithm(X509_ALGOR_new());
  X509_ALGOR_set_md(algorithm.get(), EVP_sha256());
  TS_MSG_IMPRINT_set_algo(imprint.get(), algorithm.get());
  Bytes hash = base::hash(base::HashAlgorithm::sha256, data);
  TS_MSG_IMPRINT_set_msg(imprint.get(), reinterpret_cast<unsigned char*>(hash.data()), static_cast<int>(hash.size()));
  TS_REQ_set_msg_imprint(request.get(), imprint.get());
  TS_REQ_set_cert_req(request.get(), embed ? 1 : 0);
  const Bytes der = to_der(i2d_TS_REQ, request.get());

  const Owner<TS_RESP_CTX, TS_RESP_CTX_free> context(TS_RESP_CTX_new());
  const Owner<ASN1_OBJECT, ASN1_OBJECT_free> policy(OBJ_txt2obj("1.3.6.1.4.1.57264.2", 1));
  require(TS_RESP_CTX_set_signer_cert(context.get(), authority.certificate.x509()) == 1,
          "take the stamping certificate");
  TS_RESP_CTX_set_signer_key(context.get(), authority.key.evp());
  TS_RESP_CTX_set_signer_digest(context.get(), EVP_sha256());
  TS_RESP_CTX_set_ess_cert_id_digest(context.get(), EVP_sha256());
  TS_RESP_CTX_set_def_policy(context.get(), policy.get());
  TS_RESP_CTX_add_md(context.get(), EVP_sha256());
  TS_RESP_CTX_set_serial_cb(
      context.get(),
      [](TS_resp_ctx*, void*) -> ASN1_INTEGER* {
        ASN1_INTEGER* serial = ASN1_INTEGER_new();
        ASN1_INTEGER_set(serial, 7);
        return serial;
      },
      nullptr);
  TS_RESP_CTX_set_time_cb(
      context.get(),
      [](TS_resp_ctx*, void* value, long* second, long* microsecond) -> int {
        *second = static_cast<long>(*static_cast<std::int64_t*>(value));
        *microsecond = 0;
        return 1;
      },
      &seconds);
  const BioOwner in(BIO_new_mem_buf(der.data(), static_cast<int>(der.size())));
  const Owner<TS_RESP, TS_RESP_free> response(TS_RESP_create_response(context.get(), in.get()));
  require(response != nullptr, "stamp");
  return to_der(i2d_TS_RESP, response.get());
}

Bytes utf8_string(std::string_view text) {
  const Owner<ASN1_UTF8STRING, ASN1_UTF8STRING_free> string(ASN1_UTF8STRING_new());
  ASN1_STRING_set(string.get(), text.data(), static_cast<int>(text.size()));
  return to_der(i2d_ASN1_UTF8STRING, string.get());
}

}  // namespace lock::test
