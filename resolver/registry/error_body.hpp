// What a registry says about its refusal: `{"errors":[{"code","message","detail"}]}` (distribution-spec, "Error
// codes"), or HTML, or plain text. Foreign text: everything returned is harmless on a terminal and short.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lock::registry {

inline constexpr std::size_t most_error_body = std::size_t{64} << 10;

struct RegistryError {
  std::string code;  // upper case, "" when it has none
  std::string message;
};

struct ErrorBody {
  std::vector<RegistryError> errors;  // at most 8; empty when the body is none of the registry's
  std::string text;                   // one line for people: code and message, or the start of the plain text
};

[[nodiscard]] ErrorBody parse_error_body(std::string_view body, std::string_view content_type);

}  // namespace lock::registry
