#include "resolver/trust/sigstore/bundle.hpp"

#include <array>
#include <utility>

#include "resolver/base/json.hpp"
#include "resolver/base/text.hpp"
#include "resolver/trust/sigstore/message.hpp"

namespace lock::trust::sigstore {
namespace {

constexpr std::size_t kMostCertificates = 16;
constexpr std::size_t kMostEntries = 16;
constexpr std::size_t kMostTimestamps = 16;
constexpr std::size_t kMostHashes = 64;  // a tree of 2^63 leaves

constexpr auto kMediaTypes = std::to_array<std::pair<std::string_view, Bundle::Version>>({
    {"application/vnd.dev.sigstore.bundle+json;version=0.1", Bundle::Version::v0_1},
    {"application/vnd.dev.sigstore.bundle+json;version=0.2", Bundle::Version::v0_2},
    {"application/vnd.dev.sigstore.bundle+json;version=0.3", Bundle::Version::v0_3},
    {"application/vnd.dev.sigstore.bundle.v0.3+json", Bundle::Version::v0_3},
});

Bundle::Version read_version(const Message& bundle) {
  const std::string type = bundle.text("mediaType");
  for (const auto& [name, version] : kMediaTypes) {
    if (type == name) return version;
  }
  bundle.refuse("mediaType", "`" + base::harmless(type, 80) + "` is not a bundle of version 0.1, 0.2 or 0.3",
                ErrorKind::unsupported);
  return Bundle::Version::v0_3;
}

void read_certificate(const Message& message, std::vector<crypto::Certificate>& out) {
  message.allow({"rawBytes"});
  auto certificate = crypto::Certificate::from_der(message.bytes("rawBytes"));
  if (!certificate) {
    message.refuse("rawBytes", certificate.error().message);
    return;
  }
  // sigstore_bundle.proto: a bundle "MUST NOT contain root CA certificates"; whoever trusts one has it.
  if (certificate->is_authority() && certificate->is_self_issued()) {
    message.refuse("rawBytes", "is a root certificate, which a bundle must not hold");
    return;
  }
  out.push_back(std::move(*certificate));
}

std::vector<crypto::Certificate> read_certificates(const Message& material, Bundle::Version version) {
  std::vector<crypto::Certificate> out;
  const int kinds = static_cast<int>(material.has("certificate")) +
                    static_cast<int>(material.has("x509CertificateChain")) +
                    static_cast<int>(material.has("publicKey"));
  if (kinds != 1)
    material.refuse("certificate", "exactly one of certificate, x509CertificateChain, publicKey is required");
  if (material.has("certificate")) read_certificate(material.message("certificate"), out);
  if (material.has("x509CertificateChain")) {
    if (version == Bundle::Version::v0_3) material.refuse("x509CertificateChain", "is not allowed since v0.3");
    const Message chain = material.message("x509CertificateChain");
    chain.allow({"certificates"});
    for (const Message& entry : chain.messages("certificates", kMostCertificates)) read_certificate(entry, out);
    if (out.empty()) chain.refuse("certificates", "a certificate is required");
  }
  if (material.has("publicKey")) material.message("publicKey").allow({"hint", "rawBytes", "keyDetails", "validFor"});
  return out;
}

InclusionProof read_proof(const Message& message) {
  message.allow({"logIndex", "rootHash", "treeSize", "hashes", "checkpoint"});
  // proto3 omits zero, and the first leaf of a log has index zero.
  InclusionProof out{.index = message.has("logIndex") ? message.index("logIndex") : 0,
                     .size = message.index("treeSize"),
                     .root = message.bytes("rootHash"),
                     .hashes = message.byte_strings("hashes", kMostHashes),
                     .checkpoint = {}};
  if (message.has("checkpoint")) {
    const Message checkpoint = message.message("checkpoint");
    checkpoint.allow({"envelope"});
    out.checkpoint = checkpoint.text_or_empty("envelope");
  }
  return out;
}

LogEntry read_entry(const Message& message, Bundle::Version version) {
  message.allow({"logIndex", "logId", "kindVersion", "integratedTime", "inclusionPromise", "inclusionProof",
                 "canonicalizedBody"});
  LogEntry out;
  // proto3 omits zero, and log index 0 exists.
  out.index = message.has("logIndex") ? message.index("logIndex") : 0;
  const Message id = message.message("logId");
  id.allow({"keyId"});
  out.log_id = id.bytes("keyId");
  const Message kind = message.message("kindVersion");
  kind.allow({"kind", "version"});
  out.kind = kind.text("kind");
  out.version = kind.text("version");
  out.integrated_time = message.has("integratedTime") ? message.integer("integratedTime") : 0;
  out.body = message.bytes("canonicalizedBody");
  if (message.has("inclusionPromise")) {
    const Message promise = message.message("inclusionPromise");
    promise.allow({"signedEntryTimestamp"});
    out.promise = promise.bytes("signedEntryTimestamp");
  }
  if (message.has("inclusionProof")) out.proof = read_proof(message.message("inclusionProof"));
  if (version == Bundle::Version::v0_1 && !out.promise) message.refuse("inclusionPromise", "is required in v0.1");
  if (version != Bundle::Version::v0_1 && !out.proof) message.refuse("inclusionProof", "is required since v0.2");
  return out;
}

MessageSignature read_message_signature(const Message& message) {
  message.allow({"messageDigest", "signature"});
  MessageSignature out{.digest = {}, .signature = message.bytes("signature")};
  if (!message.has("messageDigest")) return out;
  const Message digest = message.message("messageDigest");
  digest.allow({"algorithm", "digest"});
  const auto algorithm = hash_algorithm_of(digest.text("algorithm"));
  if (!algorithm) {
    digest.refuse("algorithm", "is not SHA2_256, SHA2_384 or SHA2_512", ErrorKind::unsupported);
    return out;
  }
  out.digest = {*algorithm, digest.bytes("digest")};
  return out;
}

void read_content(const Message& message, Bundle& out) {
  if (message.has("messageSignature") == message.has("dsseEnvelope")) {
    message.refuse("messageSignature", "exactly one of messageSignature and dsseEnvelope is required");
    return;
  }
  if (message.has("messageSignature")) {
    out.content = read_message_signature(message.message("messageSignature"));
    return;
  }
  auto envelope = crypto::read_envelope(message.message("dsseEnvelope").object());
  if (!envelope) {
    message.refuse("dsseEnvelope", envelope.error().message, envelope.error().kind);
  } else {
    out.content = std::move(*envelope);
  }
}

}  // namespace

std::optional<base::HashAlgorithm> hash_algorithm_of(std::string_view name) {
  if (name == "SHA2_256") return base::HashAlgorithm::sha256;
  if (name == "SHA2_384") return base::HashAlgorithm::sha384;
  if (name == "SHA2_512") return base::HashAlgorithm::sha512;
  return std::nullopt;
}

std::string_view name_of(Bundle::Version version) {
  switch (version) {
    case Bundle::Version::v0_1: return "sigstore bundle v0.1";
    case Bundle::Version::v0_2: return "sigstore bundle v0.2";
    case Bundle::Version::v0_3: return "sigstore bundle v0.3";
    case Bundle::Version::cosign: return "cosign signature";
  }
  return "?";
}

const Bytes& Bundle::signature() const {
  if (const auto* message = std::get_if<MessageSignature>(&content)) return message->signature;
  return std::get<crypto::Envelope>(content).signature;
}

Result<Bundle> parse_bundle(std::string_view json) {
  auto value = base::parse_json(json, "the bundle", {.depth = 16, .bytes = std::size_t{32} << 20});
  if (!value) return std::unexpected(value.error());
  const auto* object = value->if_object();
  if (object == nullptr) return fail(ErrorKind::malformed, "not a bundle: expected an object");
  Problem problem;
  const Message message(*object, "", problem);
  message.allow({"mediaType", "verificationMaterial", "messageSignature", "dsseEnvelope"});
  Bundle out;
  out.version = read_version(message);
  const Message material = message.message("verificationMaterial");
  material.allow({"certificate", "x509CertificateChain", "publicKey", "tlogEntries", "timestampVerificationData"});
  out.certificates = read_certificates(material, out.version);
  for (const Message& entry : material.messages("tlogEntries", kMostEntries)) {
    out.entries.push_back(read_entry(entry, out.version));
  }
  if (material.has("timestampVerificationData")) {
    const Message timestamps = material.message("timestampVerificationData");
    timestamps.allow({"rfc3161Timestamps"});
    for (const Message& timestamp : timestamps.messages("rfc3161Timestamps", kMostTimestamps)) {
      timestamp.allow({"signedTimestamp"});
      out.timestamps.push_back(timestamp.bytes("signedTimestamp"));
    }
  }
  read_content(message, out);
  if (problem.found()) return std::unexpected(problem.error());
  return out;
}

}  // namespace lock::trust::sigstore
