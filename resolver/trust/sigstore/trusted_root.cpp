#include "resolver/trust/sigstore/trusted_root.hpp"

#include <algorithm>
#include <array>

#include "resolver/base/json.hpp"
#include "resolver/base/text.hpp"
#include "resolver/trust/sigstore/message.hpp"

namespace lock::trust::sigstore {
namespace {

using crypto::Scheme;

constexpr std::size_t kMostInstances = 64;
constexpr std::size_t kMostCertificates = 16;

// sigstore_common.proto, PublicKeyDetails. Names that are absent here are known to nobody or to no OpenSSL 3.0.
struct KeyDetails {
  std::string_view name;
  Scheme scheme;
  bool bare_pkcs1 = false;
};
constexpr auto kSha256 = base::HashAlgorithm::sha256;
constexpr auto kKeyDetails = std::to_array<KeyDetails>({
    {"PKCS1_RSA_PKCS1V5", {Scheme::Family::rsa_pkcs1, kSha256}, true},
    {"PKCS1_RSA_PSS", {Scheme::Family::rsa_pss, kSha256}, true},
    {"PKIX_ECDSA_P256_SHA_256", {Scheme::Family::ecdsa, kSha256}},
    {"PKIX_ECDSA_P384_SHA_384", {Scheme::Family::ecdsa, base::HashAlgorithm::sha384}},
    {"PKIX_ECDSA_P521_SHA_512", {Scheme::Family::ecdsa, base::HashAlgorithm::sha512}},
    {"PKIX_ED25519", {Scheme::Family::ed25519, base::HashAlgorithm::sha512}},
    {"PKIX_RSA_PKCS1V15_2048_SHA256", {Scheme::Family::rsa_pkcs1, kSha256}},
    {"PKIX_RSA_PKCS1V15_3072_SHA256", {Scheme::Family::rsa_pkcs1, kSha256}},
    {"PKIX_RSA_PKCS1V15_4096_SHA256", {Scheme::Family::rsa_pkcs1, kSha256}},
    {"PKIX_RSA_PKCS1V5", {Scheme::Family::rsa_pkcs1, kSha256}},
    {"PKIX_RSA_PSS", {Scheme::Family::rsa_pss, kSha256}},
    {"PKIX_RSA_PSS_2048_SHA256", {Scheme::Family::rsa_pss, kSha256}},
    {"PKIX_RSA_PSS_3072_SHA256", {Scheme::Family::rsa_pss, kSha256}},
    {"PKIX_RSA_PSS_4096_SHA256", {Scheme::Family::rsa_pss, kSha256}},
});

crypto::Time read_time(const Message& message, std::string_view name) {
  auto time = crypto::parse_rfc3339(message.text(name));
  if (!time) message.refuse(name, time.error().message);
  return time.value_or(crypto::Time{});
}

crypto::Validity read_validity(const Message& owner) {
  const Message range = owner.message("validFor");
  range.allow({"start", "end"});
  crypto::Validity out{read_time(range, "start"), {}};
  if (range.has("end")) out.end = read_time(range, "end");
  if (out.end && *out.end < out.start) range.refuse("end", "lies before the start");
  return out;
}

Bytes read_id(const Message& owner, std::string_view name) {
  const Message id = owner.message(name);
  id.allow({"keyId"});
  return id.bytes("keyId");
}

Log read_log(const Message& message) {
  message.allow({"baseUrl", "hashAlgorithm", "publicKey", "logId", "checkpointKeyId", "operator"});
  if (message.text("hashAlgorithm") != "SHA2_256") message.refuse("hashAlgorithm", "expected SHA2_256");
  const Message key = message.message("publicKey");
  key.allow({"rawBytes", "keyDetails", "validFor"});
  const std::string details = key.text("keyDetails");
  const Bytes raw = key.bytes("rawBytes");
  Log out{.base_url = message.text_or_empty("baseUrl"),
          .id = read_id(message, "logId"),
          .checkpoint_id = {},
          .key = fail(ErrorKind::unsupported, "the trust root gives the log the algorithm `" +
                                                  base::harmless(details, 60) + "`, which is not verified here"),
          .scheme = {},
          .validity = read_validity(key)};
  out.checkpoint_id = message.has("checkpointKeyId") ? read_id(message, "checkpointKeyId") : out.id;
  if (out.checkpoint_id.size() < 4) message.refuse("logId", "has less than four bytes");
  const auto* known = std::ranges::find(kKeyDetails, std::string_view(details), &KeyDetails::name);
  if (known == kKeyDetails.end()) return out;
  out.scheme = known->scheme;
  out.key = known->bare_pkcs1 ? crypto::PublicKey::from_pkcs1(raw) : crypto::PublicKey::from_spki(raw);
  if (!out.key && out.key.error().kind != ErrorKind::unsupported) key.refuse("rawBytes", out.key.error().message);
  return out;
}

Authority read_authority(const Message& message) {
  message.allow({"subject", "uri", "certChain", "validFor", "operator"});
  Authority out{.uri = message.text_or_empty("uri"), .chain = {}, .validity = read_validity(message)};
  const Message chain = message.message("certChain");
  chain.allow({"certificates"});
  for (const Message& entry : chain.messages("certificates", kMostCertificates)) {
    entry.allow({"rawBytes"});
    auto certificate = crypto::Certificate::from_der(entry.bytes("rawBytes"));
    if (!certificate) {
      entry.refuse("rawBytes", certificate.error().message);
    } else {
      out.chain.push_back(std::move(*certificate));
    }
  }
  if (out.chain.empty()) chain.refuse("certificates", "a certificate is required");
  return out;
}

}  // namespace

TrustedRoot::TrustedRoot(std::string name, Contents contents)
    : name_(std::move(name)),
      transparency_logs_(std::move(contents.transparency_logs)),
      ct_logs_(std::move(contents.ct_logs)),
      certificate_authorities_(std::move(contents.certificate_authorities)),
      timestamp_authorities_(std::move(contents.timestamp_authorities)) {}

Result<std::shared_ptr<const TrustedRoot>> TrustedRoot::parse(std::string_view json, std::string name,
                                                              std::string_view file) {
  auto value = base::parse_json(json, file);
  if (!value) return std::unexpected(value.error());
  const auto* object = value->if_object();
  if (object == nullptr)
    return fail(ErrorKind::malformed, std::string(file) + " is no trusted root: expected an object");
  Problem problem;
  const Message root(*object, "", problem);
  root.allow({"mediaType", "tlogs", "certificateAuthorities", "ctlogs", "timestampAuthorities"});
  const std::string type = root.text("mediaType");
  if (type != "application/vnd.dev.sigstore.trustedroot+json;version=0.1" &&
      type != "application/vnd.dev.sigstore.trustedroot.v0.2+json") {
    root.refuse("mediaType", "`" + base::harmless(type, 80) + "` is not a trusted root of version 0.1 or 0.2",
                ErrorKind::unsupported);
  }
  Contents contents;
  for (const Message& log : root.messages("tlogs", kMostInstances)) contents.transparency_logs.push_back(read_log(log));
  for (const Message& log : root.messages("ctlogs", kMostInstances)) contents.ct_logs.push_back(read_log(log));
  for (const Message& authority : root.messages("certificateAuthorities", kMostInstances)) {
    contents.certificate_authorities.push_back(read_authority(authority));
  }
  for (const Message& authority : root.messages("timestampAuthorities", kMostInstances)) {
    contents.timestamp_authorities.push_back(read_authority(authority));
  }
  if (problem.found()) return while_doing("reading the trusted root " + std::string(file), problem.error());
  return std::make_shared<const TrustedRoot>(std::move(name), std::move(contents));
}

}  // namespace lock::trust::sigstore
