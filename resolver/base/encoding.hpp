// Text encodings of bytes, strict in reading: one value has exactly one accepted spelling.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lock::base {

[[nodiscard]] std::string to_hex(std::string_view bytes);                        // lower case
[[nodiscard]] std::optional<std::string> from_hex(std::string_view text);        // lower case only, even length
[[nodiscard]] std::string to_base64(std::string_view bytes);                     // RFC 4648 section 4, padded
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);     // padded, no blanks, zero spare bits
[[nodiscard]] std::string to_base64url(std::string_view bytes);                  // section 5, unpadded
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text);  // unpadded, zero spare bits
[[nodiscard]] std::string percent_encode(std::string_view text);                 // all but RFC 3986 unreserved

}  // namespace lock::base
