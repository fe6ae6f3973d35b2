// Each reader below takes one body apart into the same three things, so that there is one comparison. Unknown members
// are refused: an entry is written by the log, not by the signer, and one that says more than its type knows is not of
// that type.
#include "resolver/trust/sigstore/entry.hpp"

#include <algorithm>
#include <array>

#include "resolver/base/encoding.hpp"
#include "resolver/base/json.hpp"
#include "resolver/base/text.hpp"
#include "resolver/trust/crypto/pem.hpp"
#include "resolver/trust/sigstore/message.hpp"

namespace lock::trust::sigstore {
namespace {

struct RecordedHash {
  base::HashAlgorithm algorithm = base::HashAlgorithm::sha256;
  Bytes digest;
};

// What an entry says about a signature. `over` tells what the hash is of.
struct Recorded {
  enum class Over : std::uint8_t { artifact, payload, envelope };
  Over over = Over::artifact;
  RecordedHash hash;
  std::optional<Bytes> signature;    // intoto 0.0.1 has none
  std::optional<Bytes> certificate;  // DER; exactly one of
  std::optional<Bytes> key;          // the two
};

// {"algorithm": "sha256", "value": "<hex>"}
RecordedHash read_hex_hash(const Message& message) {
  message.allow({"algorithm", "value"});
  RecordedHash out;
  const std::string name = message.text("algorithm");
  if (name == "sha384") out.algorithm = base::HashAlgorithm::sha384;
  if (name == "sha512") out.algorithm = base::HashAlgorithm::sha512;
  if (name != "sha256" && name != "sha384" && name != "sha512") {
    message.refuse("algorithm", "is not sha256, sha384 or sha512", ErrorKind::unsupported);
  }
  auto digest = base::from_hex(message.text("value"));
  if (!digest) message.refuse("value", "is not lower-case hex");
  if (digest) out.digest = std::move(*digest);
  return out;
}

// {"algorithm": "SHA2_256", "digest": "<base64>"}
RecordedHash read_base64_hash(const Message& message) {
  message.allow({"algorithm", "digest"});
  const auto algorithm = hash_algorithm_of(message.text("algorithm"));
  if (!algorithm) message.refuse("algorithm", "is not SHA2_256, SHA2_384 or SHA2_512", ErrorKind::unsupported);
  return {algorithm.value_or(base::HashAlgorithm::sha256), message.bytes("digest")};
}

// A PEM certificate or public key.
void read_pem_verifier(const Message& message, std::string_view name, std::string_view pem, Recorded& out) {
  auto blocks = crypto::read_pem(pem, 1);
  if (!blocks) {
    message.refuse(name, blocks.error().message);
  } else if (blocks->front().label == "CERTIFICATE") {
    out.certificate = std::move(blocks->front().der);
  } else if (blocks->front().label == "PUBLIC KEY") {
    out.key = std::move(blocks->front().der);
  } else {
    message.refuse(name, "is neither a certificate nor a public key");
  }
}

// {"keyDetails": "…", "x509Certificate": {"rawBytes": "…"}} or "publicKey"
void read_v2_verifier(const Message& message, Recorded& out) {
  message.allow({"keyDetails", "x509Certificate", "publicKey"});
  if (message.has("x509Certificate") == message.has("publicKey")) {
    message.refuse("x509Certificate", "exactly one of x509Certificate and publicKey is required");
    return;
  }
  const bool certificate = message.has("x509Certificate");
  const Message holder = message.message(certificate ? "x509Certificate" : "publicKey");
  holder.allow({"rawBytes"});
  (certificate ? out.certificate : out.key) = holder.bytes("rawBytes");
}

Recorded read_hashedrekord_1(const Message& spec) {
  spec.allow({"data", "signature"});
  Recorded out;
  const Message data = spec.message("data");
  data.allow({"hash"});
  out.hash = read_hex_hash(data.message("hash"));
  const Message signature = spec.message("signature");
  signature.allow({"content", "publicKey"});
  out.signature = signature.bytes("content");
  const Message key = signature.message("publicKey");
  key.allow({"content"});
  read_pem_verifier(key, "content", key.bytes("content"), out);
  return out;
}

Recorded read_hashedrekord_2(const Message& spec) {
  spec.allow({"hashedRekordV002"});
  const Message entry = spec.message("hashedRekordV002");
  entry.allow({"data", "signature"});
  Recorded out;
  out.hash = read_base64_hash(entry.message("data"));
  const Message signature = entry.message("signature");
  signature.allow({"content", "verifier"});
  out.signature = signature.bytes("content");
  read_v2_verifier(signature.message("verifier"), out);
  return out;
}

// The envelopeHash is over the envelope as its signer happened to write it and cannot be recomputed from a bundle. It
// need not be: payload, signature and verifier are compared, and the signature covers the payload's type.
Recorded read_dsse_1(const Message& spec) {
  spec.allow({"envelopeHash", "payloadHash", "signatures"});
  Recorded out{.over = Recorded::Over::payload,
               .hash = read_hex_hash(spec.message("payloadHash")),
               .signature = {},
               .certificate = {},
               .key = {}};
  static_cast<void>(read_hex_hash(spec.message("envelopeHash")));
  const auto signatures = spec.messages("signatures", 16);
  if (signatures.size() != 1) {
    spec.refuse("signatures", "exactly one is verified", ErrorKind::unsupported);
    return out;
  }
  signatures.front().allow({"signature", "verifier"});
  out.signature = signatures.front().bytes("signature");
  read_pem_verifier(signatures.front(), "verifier", signatures.front().bytes("verifier"), out);
  return out;
}

Recorded read_dsse_2(const Message& spec) {
  spec.allow({"dsseV002"});
  const Message entry = spec.message("dsseV002");
  entry.allow({"payloadHash", "signatures"});
  Recorded out{.over = Recorded::Over::payload,
               .hash = read_base64_hash(entry.message("payloadHash")),
               .signature = {},
               .certificate = {},
               .key = {}};
  const auto signatures = entry.messages("signatures", 16);
  if (signatures.size() != 1) {
    entry.refuse("signatures", "exactly one is verified", ErrorKind::unsupported);
    return out;
  }
  signatures.front().allow({"content", "verifier"});
  out.signature = signatures.front().bytes("content");
  read_v2_verifier(signatures.front().message("verifier"), out);
  return out;
}

// intoto 0.0.2 encodes the signature and the payload in base64 twice.
Recorded read_intoto_2(const Message& spec) {
  spec.allow({"content"});
  const Message content = spec.message("content");
  content.allow({"envelope", "hash", "payloadHash"});
  Recorded out{.over = Recorded::Over::payload,
               .hash = read_hex_hash(content.message("payloadHash")),
               .signature = {},
               .certificate = {},
               .key = {}};
  const Message envelope = content.message("envelope");
  envelope.allow({"payloadType", "signatures", "payload"});
  const auto signatures = envelope.messages("signatures", 16);
  if (signatures.size() != 1) {
    envelope.refuse("signatures", "exactly one is verified", ErrorKind::unsupported);
    return out;
  }
  const Message& signature = signatures.front();
  signature.allow({"publicKey", "sig", "keyid"});
  // One that is encoded once only is no signature at all, and equal to none.
  out.signature = base::from_base64(signature.bytes("sig")).value_or(Bytes{});
  read_pem_verifier(signature, "publicKey", signature.bytes("publicKey"), out);
  return out;
}

Recorded read_intoto_1(const Message& spec) {
  spec.allow({"content", "publicKey"});
  const Message content = spec.message("content");
  content.allow({"hash", "payloadHash"});
  Recorded out{.over = Recorded::Over::envelope,
               .hash = read_hex_hash(content.message("hash")),
               .signature = {},
               .certificate = {},
               .key = {}};
  read_pem_verifier(spec, "publicKey", spec.bytes("publicKey"), out);
  return out;
}

struct Kind {
  std::string_view kind;
  std::string_view version;
  Recorded (*read)(const Message& spec);
  bool v2;
};
constexpr auto kKinds = std::to_array<Kind>({
    {"dsse", "0.0.1", read_dsse_1, false},
    {"dsse", "0.0.2", read_dsse_2, true},
    {"hashedrekord", "0.0.1", read_hashedrekord_1, false},
    {"hashedrekord", "0.0.2", read_hashedrekord_2, true},
    {"intoto", "0.0.1", read_intoto_1, false},
    {"intoto", "0.0.2", read_intoto_2, false},
});

const Kind* find_kind(std::string_view kind, std::string_view version) {
  const auto* found =
      std::ranges::find_if(kKinds, [&](const Kind& k) { return k.kind == kind && k.version == version; });
  return found == kKinds.end() ? nullptr : found;
}

Result<Recorded> read_body(const LogEntry& entry) {
  const Kind* kind = find_kind(entry.kind, entry.version);
  if (kind == nullptr) {
    return fail(ErrorKind::unsupported, "log entries of kind `" + base::harmless(entry.kind, 40) + "` version `" +
                                            base::harmless(entry.version, 40) + "` are not verified here");
  }
  auto value = base::parse_json(entry.body, "the log entry's body", {.depth = 16, .bytes = std::size_t{32} << 20});
  if (!value) return std::unexpected(value.error());
  const auto* object = value->if_object();
  if (object == nullptr) return fail(ErrorKind::malformed, "the log entry's body is no object");
  Problem problem;
  const Message body(*object, "entry body", problem);
  body.allow({"apiVersion", "kind", "spec"});
  if (body.text("kind") != entry.kind || body.text("apiVersion") != entry.version) {
    return fail(ErrorKind::mismatch, "the log entry is of another kind or version than the bundle says");
  }
  Recorded out = kind->read(body.message("spec"));
  if (problem.found()) return std::unexpected(problem.error());
  return out;
}

// What the recorded hash must equal; nullopt when it cannot be computed from what is here.
Result<std::optional<Bytes>> expected_hash(const Recorded& recorded, const LogEntry& entry,
                                           const SignedContent& content) {
  const auto* envelope = std::get_if<crypto::Envelope>(&content.bundle.content);
  switch (recorded.over) {
    case Recorded::Over::payload:
      if (envelope == nullptr) break;
      return base::hash(recorded.hash.algorithm, envelope->payload);
    case Recorded::Over::envelope:
      if (envelope == nullptr || !content.envelope_bytes) break;
      return base::hash(recorded.hash.algorithm, *content.envelope_bytes);
    case Recorded::Over::artifact:
      if (envelope == nullptr) return artifact_hash(content.artifact, recorded.hash.algorithm);
      // client-spec.md section 4.4: for an envelope, "the artifact hash = Hash(PAE(payloadType, payload))". Rekor v1
      // has its own kinds for envelopes.
      if (!is_rekor_v2(entry)) break;
      return base::hash(recorded.hash.algorithm,
                        crypto::pre_authentication_encoding(envelope->payload_type, envelope->payload));
  }
  return fail(ErrorKind::mismatch, "a log entry of kind " + entry.kind + " " + entry.version +
                                       " cannot be about this kind of signed content");
}

bool is_same_verifier(const Recorded& recorded, const SignedContent& content) {
  if (content.certificate != nullptr)
    return recorded.certificate && *recorded.certificate == content.certificate->der();
  return recorded.key && content.key != nullptr && *recorded.key == content.key->spki();
}

}  // namespace

bool is_rekor_v2(const LogEntry& entry) {
  const Kind* kind = find_kind(entry.kind, entry.version);
  return kind != nullptr && kind->v2;
}

std::optional<Bytes> artifact_hash(const Artifact& artifact, base::HashAlgorithm algorithm) {
  if (algorithm == artifact.algorithm) return artifact.digest;
  if (artifact.bytes) return base::hash(algorithm, *artifact.bytes);
  return std::nullopt;
}

Result<void> check_entry_binding(const LogEntry& entry, const SignedContent& content) {
  auto recorded = read_body(entry);
  if (!recorded) return std::unexpected(recorded.error());
  const auto expected = expected_hash(*recorded, entry, content);
  if (!expected) return std::unexpected(expected.error());
  if (!*expected) {
    return fail(ErrorKind::unsupported, "the log entry holds another hash of the artifact than the one that is known");
  }
  // All that differs is said: which of the three it is tells a mix-up from an attack.
  std::vector<std::string> others;
  if (recorded->signature && *recorded->signature != content.bundle.signature())
    others.emplace_back("another signature");
  if (!is_same_verifier(*recorded, content)) {
    others.emplace_back(content.certificate != nullptr ? "another certificate" : "another key");
  }
  if (**expected != recorded->hash.digest) others.emplace_back("other content");
  if (others.empty()) return {};
  return fail(ErrorKind::mismatch, "the log entry is about " + base::join(others, ", "));
}

}  // namespace lock::trust::sigstore
