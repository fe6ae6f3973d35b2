#include "resolver/trust/crypto/dsse.hpp"

#include "resolver/base/encoding.hpp"
#include "resolver/base/json.hpp"
#include "resolver/base/text.hpp"

namespace lock::trust::crypto {
namespace {

std::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorKind::malformed, "not a DSSE envelope: " + std::string(what));
}

}  // namespace

Bytes pre_authentication_encoding(std::string_view payload_type, BytesView payload) {
  Bytes out = "DSSEv1 " + std::to_string(payload_type.size()) + " ";
  out += payload_type;
  out += " " + std::to_string(payload.size()) + " ";
  out += payload;
  return out;
}

Result<Envelope> read_envelope(const boost::json::object& object) {
  for (const auto& member : object) {
    if (member.key() != "payload" && member.key() != "payloadType" && member.key() != "signatures") {
      return malformed("unknown member `" + base::harmless(member.key(), 60) + "`");
    }
  }
  const auto type = base::find_string(object, "payloadType");
  const auto payload = base::find_string(object, "payload");
  const auto* signatures = base::find_array(object, "signatures");
  if (!type || type->empty() || !payload || signatures == nullptr) {
    return malformed("payload, payloadType and signatures are not all there");
  }
  if (signatures->size() != 1) {
    return fail(ErrorKind::unsupported, "the envelope carries " + base::count_of(signatures->size(), "signature") +
                                            "; exactly one is verified");
  }
  const auto* signature = signatures->front().if_object();
  const auto text = signature == nullptr ? std::nullopt : base::find_string(*signature, "sig");
  if (!text) return malformed("the signature has no `sig`");
  auto decoded_payload = base::from_base64(*payload);
  auto decoded_signature = base::from_base64(*text);
  if (!decoded_payload) return malformed("the payload is not base64");
  if (!decoded_signature || decoded_signature->empty()) return malformed("the signature is not base64");
  return Envelope{std::string(*type), std::move(*decoded_payload), std::move(*decoded_signature)};
}

Result<Envelope> parse_envelope(std::string_view json) {
  auto value = base::parse_json(json, "the envelope", {.depth = 8, .bytes = std::size_t{32} << 20});
  if (!value) return std::unexpected(value.error());
  const auto* object = value->if_object();
  if (object == nullptr) return malformed("no object");
  return read_envelope(*object);
}

}  // namespace lock::trust::crypto
