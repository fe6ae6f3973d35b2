// in-toto statements, the payload of attestations: in-toto/attestation spec/v1/statement.md and digest_set.md, and v0.1
// of the same shape.
//
// Reading is strict where a sloppy reader and another one could see two different statements: names that occur twice,
// digests that are no text, a predicate that is no object. Members that the specification does not know are ignored, as
// it asks. Nothing here says who made the statement, nor that it is about anything in particular.
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

// Limits. One that is reached is ErrorKind::limit.
inline constexpr std::size_t most_statement_bytes = std::size_t{32} << 20;
inline constexpr std::size_t most_subjects = 10'000;

using DigestSet = std::map<std::string, std::string>;  // algorithm to value, as written

struct Statement {
  struct Subject {
    std::string name;
    DigestSet digests;  // at least one
  };
  std::vector<Subject> subjects;  // at least one
  std::string predicate_type;
  boost::json::value predicate;  // an object, or null when there is none
};

// ErrorKind::unsupported for JSON that does not say it is a statement v0.1 or v1.
[[nodiscard]] Result<Statement> parse_statement(std::string_view json);

// At most 16 algorithms, each value a text.
[[nodiscard]] Result<DigestSet> read_digest_set(const boost::json::value& value);

// Whether a subject has this digest, by the hash it is given with.
[[nodiscard]] bool names_subject(const Statement& statement, base::HashAlgorithm algorithm, BytesView digest);

}  // namespace lock::trust::in_toto
