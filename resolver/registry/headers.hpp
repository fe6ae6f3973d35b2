// The header fields of one answer, and the few of them that need reading: RFC 9110 and RFC 8288.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lock::registry {

struct Header {
  std::string name;  // lower case
  std::string value;
  friend bool operator==(const Header&, const Header&) = default;
};

class Headers {
 public:
  void add(std::string_view name, std::string_view value);
  void clear() { fields_.clear(); }
  // The first field of that (lower-case) name; empty when there is none.
  [[nodiscard]] std::string_view first(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;
  [[nodiscard]] const std::vector<Header>& fields() const { return fields_; }

 private:
  std::vector<Header> fields_;
};

// A Content-Type without its parameters, lower case.
[[nodiscard]] std::string media_type_of(std::string_view content_type);

// The target of the first link with the relation `next` among the values of all Link fields; relations are lists, and
// a registry may send several links in a field. Nothing when there is none or the field cannot be read.
[[nodiscard]] std::optional<std::string> next_link(const std::vector<std::string_view>& fields);

// The text of `299 - "text"` (distribution-spec, "Warnings"): code 299 and agent "-" only, quoted pairs undone. Not
// yet harmless.
[[nodiscard]] std::optional<std::string> warning_text(std::string_view value);

// Seconds since 1970 of an IMF-fixdate, an RFC 850 or an asctime date (RFC 9110 section 5.6.7). `now` decides the
// century of a two-digit year.
[[nodiscard]] std::optional<std::int64_t> parse_http_date(std::string_view text, std::int64_t now);

// How long Retry-After asks to wait: seconds, an HTTP date, or one of the durations that registries print (GHCR:
// "880.092µs"; also ms, s, m, h). A date in the past is nothing; so is what cannot be read. At most 100 years.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text, std::int64_t now);

// Where the part of a 206 answer begins: N of `bytes N-M/SIZE` or `bytes N-M/*` (RFC 9110 section 14.4), when it goes
// to the end of what has `size` bytes, or where that is not known to the end that it states.
[[nodiscard]] std::optional<std::uint64_t> part_begins(std::string_view content_range,
                                                       std::optional<std::uint64_t> size);

// Whether a text is a token68 (RFC 9110 section 11.2), the only form in which a token reaches a request header.
[[nodiscard]] bool is_token68(std::string_view text);

}  // namespace lock::registry
