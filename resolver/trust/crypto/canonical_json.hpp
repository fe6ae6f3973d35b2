// JSON Canonicalization Scheme, RFC 8785: members sorted by UTF-16 code units, ECMAScript's numbers, the shortest
// escapes, no blanks. Rekor v1's entry bodies and the payload of its signed entry timestamps are written so.
#pragma once

#include <boost/json.hpp>

#include "resolver/base/bytes.hpp"

namespace lock::trust::crypto {

// Integers that Boost.JSON holds as such are written as they are, also above 2^53 where RFC 8785 would round: Go's
// signers write them that way, and rounding would make two log indexes one. The value must have come through
// base::parse_json or be made of valid UTF-8 and finite numbers.
[[nodiscard]] Bytes canonical_json(const boost::json::value& value);

}  // namespace lock::trust::crypto
