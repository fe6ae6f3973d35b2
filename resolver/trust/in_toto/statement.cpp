#include "resolver/trust/in_toto/statement.hpp"

#include <algorithm>

#include "resolver/base/encoding.hpp"
#include "resolver/base/json.hpp"
#include "resolver/base/text.hpp"

namespace lock::trust::in_toto {
namespace {

constexpr std::size_t kMostAlgorithms = 16;

std::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorKind::malformed, "not an in-toto statement: " + std::string(what));
}

std::string_view name_of(base::HashAlgorithm algorithm) {
  switch (algorithm) {
    case base::HashAlgorithm::sha256: return "sha256";
    case base::HashAlgorithm::sha384: return "sha384";
    case base::HashAlgorithm::sha512: return "sha512";
  }
  return "";
}

// Go's readers fold case, so in what is read as a structure two such names are one member twice. Predicates hold other
// people's names too, where they are two (the build arguments FOO and foo).
Result<void> check_names(const boost::json::object& object) {
  if (const auto twice = base::find_folded_twice(object)) {
    return malformed("the name \"" + base::harmless(*twice, 80) + "\" stands twice in one object");
  }
  return {};
}

Result<Statement::Subject> read_subject(const boost::json::value& value) {
  const auto* object = value.if_object();
  if (object != nullptr) {
    if (const auto names = check_names(*object); !names) return std::unexpected(names.error());
  }
  const auto* digests = object == nullptr ? nullptr : base::find(*object, "digest");
  if (digests == nullptr) return malformed("a subject has no digest");
  auto set = read_digest_set(*digests);
  if (!set) return malformed("a subject's digest " + set.error().message);
  if (set->empty()) return malformed("a subject's digest is empty");
  return Statement::Subject{std::string(base::find_string(*object, "name").value_or("")), std::move(*set)};
}

}  // namespace

Result<DigestSet> read_digest_set(const boost::json::value& value) {
  const auto* object = value.if_object();
  if (object == nullptr) return fail(ErrorKind::malformed, "is not an object");
  if (object->size() > kMostAlgorithms) return fail(ErrorKind::malformed, "names more than 16 algorithms");
  if (base::find_folded_twice(*object)) return fail(ErrorKind::malformed, "names an algorithm twice");
  DigestSet out;
  for (const auto& member : *object) {
    if (!member.value().is_string()) return fail(ErrorKind::malformed, "is no text");
    out.emplace(member.key(), member.value().get_string());
  }
  return out;
}

Result<Statement> parse_statement(std::string_view json) {
  auto value = base::parse_json(json, "the statement", {.depth = 64, .bytes = most_statement_bytes, .any_case = true});
  if (!value) return std::unexpected(value.error());
  auto* object = value->if_object();
  if (object == nullptr) return malformed("expected an object");
  if (const auto names = check_names(*object); !names) return std::unexpected(names.error());
  const auto type = base::find_string(*object, "_type");
  if (type != "https://in-toto.io/Statement/v0.1" && type != "https://in-toto.io/Statement/v1") {
    return fail(ErrorKind::unsupported, "the payload is not an in-toto statement v0.1 or v1");
  }
  const auto* subjects = base::find_array(*object, "subject");
  const auto predicate_type = base::find_string(*object, "predicateType");
  if (subjects == nullptr || subjects->empty()) return malformed("it has no subject");
  if (subjects->size() > most_subjects) return fail(ErrorKind::limit, "the statement has more than 10,000 subjects");
  if (!predicate_type || predicate_type->empty()) return malformed("it has no predicateType");
  Statement out{.subjects = {}, .predicate_type = std::string(*predicate_type), .predicate = nullptr};
  for (const auto& entry : *subjects) {
    auto subject = read_subject(entry);
    if (!subject) return std::unexpected(subject.error());
    out.subjects.push_back(std::move(*subject));
  }
  auto* predicate = object->if_contains("predicate");
  if (predicate != nullptr && !predicate->is_null() && !predicate->is_object()) {
    return malformed("its predicate is not an object");
  }
  if (predicate != nullptr) out.predicate = std::move(*predicate);
  return out;
}

bool names_subject(const Statement& statement, base::HashAlgorithm algorithm, BytesView digest) {
  const std::string name(name_of(algorithm));
  const std::string hex = base::to_hex(digest);
  return std::ranges::any_of(statement.subjects, [&](const Statement::Subject& subject) {
    const auto found = subject.digests.find(name);
    return found != subject.digests.end() && found->second == hex;
  });
}

}  // namespace lock::trust::in_toto
