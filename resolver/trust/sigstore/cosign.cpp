#include "resolver/trust/sigstore/cosign.hpp"

#include "resolver/base/encoding.hpp"
#include "resolver/base/json.hpp"
#include "resolver/base/text.hpp"
#include "resolver/trust/sigstore/message.hpp"

namespace lock::trust::sigstore {
namespace {

constexpr std::size_t kMostCertificates = 16;
constexpr std::string_view kSignature = "dev.cosignproject.cosign/signature";
constexpr std::string_view kCertificate = "dev.sigstore.cosign/certificate";
constexpr std::string_view kChain = "dev.sigstore.cosign/chain";
constexpr std::string_view kBundle = "dev.sigstore.cosign/bundle";
constexpr std::string_view kTimestamp = "dev.sigstore.cosign/rfc3161timestamp";

std::string_view annotation(const Annotations& annotations, std::string_view name) {
  const auto found = annotations.find(std::string(name));
  return found == annotations.end() ? std::string_view{} : std::string_view(found->second);
}

std::unexpected<Error> malformed(std::string_view name, std::string_view what) {
  return fail(ErrorKind::malformed, "annotation " + std::string(name) + ": " + std::string(what));
}

Result<void> read_certificates(const Annotations& annotations, Bundle& out) {
  const auto leaf = annotation(annotations, kCertificate);
  if (leaf.empty()) return {};
  auto certificate = crypto::Certificate::from_pem(leaf, 1);
  if (!certificate) return malformed(kCertificate, certificate.error().message);
  out.certificates = std::move(*certificate);
  const auto chain = annotation(annotations, kChain);
  if (base::trim(chain).empty()) return {};
  auto more = crypto::Certificate::from_pem(chain, kMostCertificates);
  if (!more) return malformed(kChain, more.error().message);
  for (auto& authority : *more) {
    // Cosign writes the root beside the intermediates. It is no help: whoever trusts it has it.
    if (!(authority.is_authority() && authority.is_self_issued())) out.certificates.push_back(std::move(authority));
  }
  return {};
}

// {"SignedEntryTimestamp": "<base64>", "Payload": {"body": "<base64>", "integratedTime": N, "logIndex": N, "logID":
// "<hex>"}}
Result<void> read_entry(const Annotations& annotations, Bundle& out) {
  const auto text = annotation(annotations, kBundle);
  if (text.empty()) return {};
  const auto value = base::parse_json(text, "the log entry");
  if (!value) return malformed(kBundle, value.error().message);
  const auto* object = value->if_object();
  const auto* payload = object == nullptr ? nullptr : base::find_object(*object, "Payload");
  if (payload == nullptr || object->size() != 2 || payload->size() != 4) return malformed(kBundle, "is no log entry");
  const auto promise = base::from_base64(base::find_string(*object, "SignedEntryTimestamp").value_or(""));
  const auto body = base::from_base64(base::find_string(*payload, "body").value_or(""));
  const auto log_id = base::from_hex(base::find_string(*payload, "logID").value_or(""));
  const auto time = base::find_unsigned(*payload, "integratedTime");
  const auto index = base::find_unsigned(*payload, "logIndex");
  if (!promise || promise->empty() || !body || body->empty() || !log_id || log_id->empty() || !time || !index ||
      *time > 253402300799) {  // the year 9999
    return malformed(kBundle, "is no log entry");
  }
  LogEntry entry{.index = *index,
                 .log_id = *log_id,
                 .kind = {},
                 .version = {},
                 .integrated_time = static_cast<std::int64_t>(*time),
                 .promise = promise,
                 .proof = {},
                 .body = *body};
  const auto parsed =
      base::parse_json(entry.body, "the log entry's body", {.depth = 16, .bytes = std::size_t{32} << 20});
  if (!parsed) return malformed(kBundle, parsed.error().message);
  if (const auto* contents = parsed->if_object()) {
    entry.kind = base::find_string(*contents, "kind").value_or("");
    entry.version = base::find_string(*contents, "apiVersion").value_or("");
  }
  out.entries.push_back(std::move(entry));
  return {};
}

Result<void> read_timestamp(const Annotations& annotations, Bundle& out) {
  const auto text = annotation(annotations, kTimestamp);
  if (text.empty()) return {};
  const auto value = base::parse_json(text, "the timestamp");
  if (!value) return malformed(kTimestamp, value.error().message);
  const auto* object = value->if_object();
  const auto token = object == nullptr ? std::nullopt : base::find_string(*object, "SignedRFC3161Timestamp");
  auto der = token ? base::from_base64(*token) : std::nullopt;
  if (!der || der->empty()) return malformed(kTimestamp, "is no timestamp");
  out.timestamps.push_back(std::move(*der));
  return {};
}

Result<void> read_material(const Annotations& annotations, Bundle& out) {
  if (auto done = read_certificates(annotations, out); !done) return done;
  if (auto done = read_entry(annotations, out); !done) return done;
  return read_timestamp(annotations, out);
}

}  // namespace

Result<Bundle> read_signature_layer(const Annotations& annotations) {
  Bundle out;
  out.version = Bundle::Version::cosign;
  auto signature = base::from_base64(annotation(annotations, kSignature));
  if (!signature || signature->empty()) return malformed(kSignature, "is no base64");
  out.content = MessageSignature{.digest = {}, .signature = std::move(*signature)};
  if (auto done = read_material(annotations, out); !done) return std::unexpected(done.error());
  return out;
}

Result<Bundle> read_attestation_layer(const Annotations& annotations, BytesView layer) {
  Bundle out;
  out.version = Bundle::Version::cosign;
  auto envelope = crypto::parse_envelope(layer);
  if (!envelope) return std::unexpected(envelope.error());
  out.content = std::move(*envelope);
  if (auto done = read_material(annotations, out); !done) return std::unexpected(done.error());
  return out;
}

Result<void> check_simple_signing(BytesView payload, const image::Digest& subject) {
  const auto value = base::parse_json(payload, "the signature's payload");
  if (!value) return std::unexpected(value.error());
  const auto* object = value->if_object();
  const auto* critical = object == nullptr ? nullptr : base::find_object(*object, "critical");
  const auto type = critical == nullptr ? std::nullopt : base::find_string(*critical, "type");
  if (!type) return fail(ErrorKind::malformed, "the signature's payload is not in the simple signing format");
  if (*type != "cosign container image signature" && *type != "https://sigstore.dev/cosign/sign/v1") {
    return fail(ErrorKind::unsupported, "the signature's payload is of type `" + base::harmless(*type, 80) +
                                            "`, which is no image signature of cosign's");
  }
  const auto* image = base::find_object(*critical, "image");
  const auto digest = image == nullptr ? std::nullopt : base::find_string(*image, "docker-manifest-digest");
  if (!digest) return fail(ErrorKind::malformed, "the signature's payload names no image");
  if (*digest != subject.text()) {
    return fail(ErrorKind::mismatch, "the signature is about the image " + base::harmless(*digest, 80));
  }
  return {};
}

}  // namespace lock::trust::sigstore
