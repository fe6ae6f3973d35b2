// RFC 3161 timestamps. A token is read first, without trust, because its authority must be judged at the time that the
// token itself states (genTime); `verify_timestamp` then does everything else.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "resolver/base/bytes.hpp"
#include "resolver/base/error.hpp"
#include "resolver/trust/crypto/chain.hpp"

struct TS_resp_st;  // OpenSSL's TS_RESP

namespace lock::trust::crypto {

class Timestamp {
 public:
  // A TimeStampResp with status granted. Malformed otherwise, and for bytes after it.
  [[nodiscard]] static Result<Timestamp> from_response(BytesView der);
  // What the token claims; nothing is verified yet.
  [[nodiscard]] Time claimed_time() const { return time_; }
  [[nodiscard]] TS_resp_st* response() const { return response_.get(); }

 private:
  Timestamp(std::shared_ptr<TS_resp_st> response, Time time) : response_(std::move(response)), time_(time) {}
  std::shared_ptr<TS_resp_st> response_;
  Time time_;
};

struct TimestampAuthority {
  // Leaf first where the trust root names one, then intermediates, the root last; at least one.
  std::vector<Certificate> chain;
};

// Whether `authority` stamped `data`: the imprint is its hash, the CMS signature verifies, the signing certificate is
// bound by the ESS attribute, ends in the authority's root, was valid at the token's time, and may stamp. When the
// trust root names the leaf, it must be that one. Returns the time, now authenticated. Errors: `absent` no path to this
// authority, `unsupported` a hash that is not SHA-2, `mismatch` everything else.
[[nodiscard]] Result<Time> verify_timestamp(const Timestamp& timestamp, BytesView data,
                                            const TimestampAuthority& authority, VerifiedLinks& links);

}  // namespace lock::trust::crypto
