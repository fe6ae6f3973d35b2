// in-toto statements, the payload of attestations: in-toto/attestation spec/v1/statement.md, and v0.1 of the same
// shape.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/bytes.hpp"
#include "resolver/base/error.hpp"
#include "resolver/base/hash.hpp"

namespace lock::trust::in_toto {

inline constexpr std::string_view statement_payload_type = "application/vnd.in-toto+json";

struct Statement {
  struct Subject {
    std::string name;
    std::map<std::string, std::string> digests;  // algorithm to lower-case hex
  };
  std::vector<Subject> subjects;
  std::string predicate_type;
  boost::json::value predicate;  // null when there is none
};

[[nodiscard]] Result<Statement> parse_statement(std::string_view json);

// Whether a subject has this digest, by the hash it is given with.
[[nodiscard]] bool names_subject(const Statement& statement, base::HashAlgorithm algorithm, BytesView digest);

}  // namespace lock::trust::in_toto
