#include "resolver/trust/in_toto/provenance.hpp"

#include <algorithm>
#include <array>

#include "resolver/base/json.hpp"
#include "resolver/base/text.hpp"

namespace lock::trust::in_toto {
namespace {

namespace json = boost::json;

constexpr auto kBuildKit = std::to_array<std::string_view>(
    {"https://mobyproject.org/buildkit@v1",
     "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md"});
constexpr std::string_view kGitHubWorkflow = "https://actions.github.io/buildtypes/workflow/v1";
constexpr std::string_view kSlsaGenerator = "https://github.com/slsa-framework/slsa-github-generator/";

std::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorKind::malformed, "not SLSA provenance: " + std::string(what));
}

// Walks one predicate. The first problem sticks; readers return empty values after it and `problem` is looked at once.
class Reader {
 public:
  // A member of that type, null and absent alike; another type is a problem.
  const json::object* object(const json::object* from, std::string_view name) {
    const json::value* value = member(from, name);
    const json::object* object = value == nullptr ? nullptr : typed(value->if_object(), name, "an object");
    if (object != nullptr) check_names(*object);
    return object;
  }
  // As in a statement: in what is read as a structure, names that differ by case are one member twice.
  void check_names(const json::object& object) {
    if (const auto twice = base::find_folded_twice(object)) {
      refuse("the name \"" + base::harmless(*twice, 80) + "\" stands twice in one object");
    }
  }
  const json::array* array(const json::object* from, std::string_view name) {
    const json::value* value = member(from, name);
    return value == nullptr ? nullptr : typed(value->if_array(), name, "a list");
  }
  std::string text(const json::object* from, std::string_view name) {
    const json::value* value = member(from, name);
    if (value == nullptr) return {};
    const json::string* string = typed(value->if_string(), name, "a text");
    return string == nullptr ? std::string() : std::string(*string);
  }
  std::optional<bool> flag(const json::object* from, std::string_view name) {
    const json::value* value = member(from, name);
    const bool* flag = value == nullptr ? nullptr : typed(value->if_bool(), name, "true or false");
    return flag == nullptr ? std::nullopt : std::optional(*flag);
  }
  DigestSet digests(const json::object* from, std::string_view name) {
    const json::value* value = member(from, name);
    if (value == nullptr) return {};
    auto set = read_digest_set(*value);
    if (set) return std::move(*set);
    refuse(std::string(name) + " " + set.error().message);
    return {};
  }

  // `list` of objects with `uri` and `digest`.
  std::vector<Material> materials(const json::object* from, std::string_view list) {
    std::vector<Material> out;
    const json::array* entries = array(from, list);
    if (entries == nullptr) return out;
    if (entries->size() > most_materials) {
      refuse("more than 10,000 " + std::string(list), ErrorKind::limit);
      return out;
    }
    for (const json::value& entry : *entries) {
      if (problem_) break;
      out.push_back(material(entry, list));
    }
    return out;
  }

  void refuse(std::string what, ErrorKind kind = ErrorKind::malformed) {
    if (!problem_) problem_ = fail(kind, "not SLSA provenance: " + std::move(what)).error();
  }
  [[nodiscard]] const std::optional<Error>& problem() const { return problem_; }

 private:
  static const json::value* member(const json::object* from, std::string_view name) {
    const json::value* value = from == nullptr ? nullptr : base::find(*from, name);
    return value == nullptr || value->is_null() ? nullptr : value;
  }

  template <typename T>
  const T* typed(const T* value, std::string_view name, std::string_view wanted) {
    if (value == nullptr) refuse(std::string(name) + " is not " + std::string(wanted));
    return value;
  }

  // v1's ResourceDescriptor may do without a URI; then its name is all that there is to show.
  Material material(const json::value& value, std::string_view list) {
    Material out;
    const json::object* object = value.if_object();
    if (object == nullptr) {
      refuse("an entry of " + std::string(list) + " is not an object");
      return out;
    }
    check_names(*object);
    out.uri = text(object, "uri");
    out.digests = digests(object, "digest");
    if (out.uri.empty()) out.uri = text(object, "name");
    if (out.uri.empty() && out.digests.empty())
      refuse("an entry of " + std::string(list) + " has no uri and no digest");
    auto image = image_of(out.uri, out.digests);
    if (image) {
      out.image = std::move(*image);
    } else {
      out.image_problem = image.error().message;
    }
    return out;
  }

  std::optional<Error> problem_;
};

void read_build_type(Provenance& out) {
  out.names_every_image = std::ranges::find(kBuildKit, out.build_type) != kBuildKit.end();
  out.source_is_of_workflow = out.build_type == kGitHubWorkflow || out.build_type.starts_with(kSlsaGenerator);
}

Provenance read_v02(const json::object& predicate, Reader& reader) {
  Provenance out;
  out.version = "v0.2";
  out.builder = reader.text(reader.object(&predicate, "builder"), "id");
  out.build_type = reader.text(&predicate, "buildType");
  const json::object* invocation = reader.object(&predicate, "invocation");
  out.source = reader.text(reader.object(invocation, "configSource"), "uri");
  out.materials = reader.materials(&predicate, "materials");
  const json::object* metadata = reader.object(&predicate, "metadata");
  out.complete = reader.flag(reader.object(metadata, "completeness"), "materials");
  return out;
}

Provenance read_v1(const json::object& predicate, Reader& reader) {
  Provenance out;
  out.version = "v1";
  const json::object* definition = reader.object(&predicate, "buildDefinition");
  if (definition == nullptr) reader.refuse("it has no buildDefinition");
  const json::object* details = reader.object(&predicate, "runDetails");
  out.builder = reader.text(reader.object(details, "builder"), "id");
  out.build_type = reader.text(definition, "buildType");
  read_build_type(out);
  const json::object* parameters = reader.object(definition, "externalParameters");
  if (out.names_every_image) {
    out.source = reader.text(reader.object(parameters, "configSource"), "uri");
  } else if (out.build_type == kGitHubWorkflow) {
    out.source = reader.text(reader.object(parameters, "workflow"), "repository");
  }
  out.materials = reader.materials(definition, "resolvedDependencies");
  if (out.names_every_image) {
    const json::object* metadata = reader.object(details, "metadata");
    out.complete = reader.flag(reader.object(metadata, "buildkit_completeness"), "resolvedDependencies");
  }
  return out;
}

}  // namespace

bool is_provenance(std::string_view predicate_type) {
  return predicate_type == provenance_v02_type || predicate_type == provenance_v1_type;
}

bool claims_provenance(std::string_view predicate_type) {
  return predicate_type.starts_with("https://slsa.dev/provenance/");
}

Result<Provenance> read_provenance(const Statement& statement) {
  if (!is_provenance(statement.predicate_type)) {
    return fail(ErrorKind::unsupported, "the statement's predicate is " +
                                            base::harmless(statement.predicate_type, 200) +
                                            ", not SLSA provenance v0.2 or v1");
  }
  const json::object* predicate = statement.predicate.if_object();
  if (predicate == nullptr) return malformed("the statement has no predicate");
  Reader reader;
  reader.check_names(*predicate);
  Provenance out =
      statement.predicate_type == provenance_v1_type ? read_v1(*predicate, reader) : read_v02(*predicate, reader);
  read_build_type(out);
  if (out.build_type.empty()) reader.refuse("it has no buildType");
  if (reader.problem()) return std::unexpected(*reader.problem());
  return out;
}

}  // namespace lock::trust::in_toto
