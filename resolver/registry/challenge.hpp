// WWW-Authenticate (RFC 9110 section 11.6.1): several fields, several challenges in a field, quoted pairs, optional
// white space, any letter case. Registries send Bearer with realm, service and scope (distribution:
// docs/content/spec/auth/token.md) or Basic; what else they offer (Negotiate, NTLM) is read and passed over.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lock::registry {

struct Challenge {
  std::string scheme;                             // lower case
  std::map<std::string, std::string> parameters;  // names lower case, values unquoted, no control characters
  [[nodiscard]] std::string_view parameter(std::string_view name) const;  // empty when missing
};

// Every challenge that could be read, in order. A field that breaks off gives what stood before the break; a challenge
// with a repeated parameter or a control character in a value is dropped, since two readers could disagree about it.
[[nodiscard]] std::vector<Challenge> parse_challenges(const std::vector<std::string_view>& fields);

// The one to answer: the first Bearer with a realm, else the first Basic, else nullptr.
[[nodiscard]] const Challenge* choose_challenge(const std::vector<Challenge>& challenges);

}  // namespace lock::registry
