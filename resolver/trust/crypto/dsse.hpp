// DSSE: secure-systems-lab/dsse protocol.md and envelope.md.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/bytes.hpp"
#include "resolver/base/error.hpp"

namespace lock::trust::crypto {

struct Envelope {
  std::string payload_type;
  Bytes payload;
  Bytes signature;  // of the one signature; its key id is an unauthenticated hint and ignored
};

// The PAE that is signed: "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body.
[[nodiscard]] Bytes pre_authentication_encoding(std::string_view payload_type, BytesView payload);

// Standard base64 only, as every sigstore client writes. ErrorKind::unsupported for another number of signatures than
// one: "envelopes carrying multiple signatures are out of scope" (client-spec.md section 4.4), and of two the one that
// the log does not know could be anybody's.
[[nodiscard]] Result<Envelope> read_envelope(const boost::json::object& object);
[[nodiscard]] Result<Envelope> parse_envelope(std::string_view json);  // at most 32 MiB

}  // namespace lock::trust::crypto
