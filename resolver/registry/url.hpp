// URLs that this client is willing to ask: http or https, a host, no user information, printable ASCII without blanks.
// Whatever a registry names (realm, Location, Link) passes here before libcurl sees it. RFC 3986, the part we need.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "resolver/base/error.hpp"

namespace lock::registry {

struct Url {
  std::string scheme;      // "http" or "https"
  std::string host;        // lower case; an IPv6 literal in brackets
  std::uint16_t port = 0;  // never 0 in a parsed URL
  std::string target;      // path and query as written, starts with '/'

  // An absolute URL; a fragment is dropped. ErrorKind::malformed says what is wrong, with `text` made harmless.
  [[nodiscard]] static Result<Url> parse(std::string_view text);
  // A reference relative to this URL, or an absolute one (RFC 3986 section 5.2).
  [[nodiscard]] Result<Url> resolve(std::string_view reference) const;

  // The same place with another target, which starts with '/'; cheaper than reading the whole URL again.
  [[nodiscard]] Result<Url> at(std::string_view target) const;

  [[nodiscard]] std::string_view path() const;
  [[nodiscard]] std::string_view query() const;  // without '?'
  [[nodiscard]] std::string authority() const;   // host, and the port where it is not the scheme's own
  [[nodiscard]] std::string origin() const;      // scheme://authority
  [[nodiscard]] std::string text() const { return origin() + target; }
  // For people: a query may hold a signature or a token, so only its presence is shown.
  [[nodiscard]] std::string redacted() const;
  [[nodiscard]] bool same_origin(const Url& other) const;
  friend bool operator==(const Url&, const Url&) = default;
};

// Whether a path holds "." or ".." segments, plain or percent-encoded.
[[nodiscard]] bool has_dot_segments(std::string_view path);

}  // namespace lock::registry
