// Points in time as certificates, logs and timestamps state them: UTC, microseconds, no leap seconds (RFC 5280 section
// 4.1.2.5, RFC 3339, Unix seconds). The clock of the machine is never read here: "now" is a parameter where it matters.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "resolver/base/error.hpp"

namespace lock::trust::crypto {

using Time = std::chrono::sys_time<std::chrono::microseconds>;

[[nodiscard]] Time from_unix(std::int64_t seconds);
[[nodiscard]] std::int64_t to_unix(Time time);  // rounded down

// "2022-12-31T23:59:59.999Z", the form of protobuf's JSON: any number of fraction digits (those after the sixth are
// dropped), `Z` or a numeric offset, upper case.
[[nodiscard]] Result<Time> parse_rfc3339(std::string_view text);
[[nodiscard]] std::string format_rfc3339(Time time);  // seconds, and a fraction only where there is one

// DER GeneralizedTime with an optional fraction, "20250806185136.5Z" (RFC 3161 section 2.4.2); always UTC.
[[nodiscard]] Result<Time> parse_generalized_time(std::string_view text);

// A closed interval; without an end it is open towards the future.
struct Validity {
  Time start;
  std::optional<Time> end;
  [[nodiscard]] bool contains(Time time) const { return start <= time && (!end || time <= *end); }
};

[[nodiscard]] std::string describe(const Validity& validity);  // "2021-01-12T11:53:27Z to 2022-…" or "from 2021-…"

}  // namespace lock::trust::crypto
