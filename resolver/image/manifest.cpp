#include "resolver/image/manifest.hpp"

#include <algorithm>

#include "resolver/base/json.hpp"
#include "resolver/base/text.hpp"

namespace lock::image {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostManifests = 1000;
constexpr std::size_t kMostLayers = 10'000;
constexpr std::size_t kMostAnnotations = 1000;

std::unexpected<Error> malformed(const Digest& digest, std::string what) {
  return fail(ErrorKind::malformed, "manifest " + digest.text() + " " + std::move(what));
}

// The name of what is read stands in the message: nobody prints the place of an error in bytes that no file holds.
Result<json::value> read_json(std::string_view bytes, const std::string& name) {
  auto document = base::parse_json(bytes, name);
  if (!document && document.error().place) document.error().message.insert(0, name + " ");
  return document;
}

bool is_schema_1(std::string_view type) { return type.starts_with("application/vnd.docker.distribution.manifest.v1+"); }

std::string_view without_parameters(std::string_view type) { return base::trim(type.substr(0, type.find(';'))); }

std::string string_member(const json::object& object, std::string_view name) {
  return std::string(base::find_string(object, name).value_or(std::string_view()));
}

// A missing member is fine, one of another type is not.
Result<std::map<std::string, std::string>> read_annotations(const json::object& object, const Digest& digest) {
  std::map<std::string, std::string> out;
  const json::value* value = base::find(object, "annotations");
  if (value == nullptr || value->is_null()) return out;
  if (!value->is_object()) return malformed(digest, "has annotations that are not an object");
  if (value->get_object().size() > kMostAnnotations) return malformed(digest, "has more than 1,000 annotations");
  for (const auto& member : value->get_object()) {
    if (!member.value().is_string()) return malformed(digest, "has an annotation that is not a string");
    const json::string& text = member.value().get_string();
    out.emplace(std::string(member.key()), std::string(text.data(), text.size()));
  }
  return out;
}

Result<Platform> read_platform(const json::object& object, const Digest& digest) {
  Platform platform{string_member(object, "os"), string_member(object, "architecture"),
                    string_member(object, "variant"), string_member(object, "os.version")};
  if (platform.os.empty() || platform.architecture.empty()) {
    return malformed(digest, "has a platform without os and architecture");
  }
  // The text goes into the lock: it must be one that parses back.
  const auto again = Platform::parse(platform.text());
  if (!again || *again != platform) {
    return malformed(digest, "has the impossible platform '" + base::harmless(platform.text(), 80) + "'");
  }
  return platform;
}

Result<Descriptor> read_descriptor(const json::value& value, const Digest& digest, std::string_view where) {
  const json::object* object = value.if_object();
  if (object == nullptr) return malformed(digest, "has " + std::string(where) + " that is not an object");
  auto target = Digest::parse(base::find_string(*object, "digest").value_or(std::string_view()));
  if (!target) return malformed(digest, "has " + std::string(where) + " with a bad digest: " + target.error().message);
  const auto size = base::find_unsigned(*object, "size");
  if (!size || *size > (std::uint64_t{1} << 53)) {
    return malformed(digest, "has " + std::string(where) + " without a size that is a whole number");
  }
  const auto type = base::find_string(*object, "mediaType");
  if (!type || type->empty()) return malformed(digest, "has " + std::string(where) + " without a mediaType");
  Descriptor out{
      std::string(*type), std::move(*target), *size, std::nullopt, string_member(*object, "artifactType"), {}};
  auto annotations = read_annotations(*object, digest);
  if (!annotations) return std::unexpected(annotations.error());
  out.annotations = std::move(*annotations);
  const json::value* platform = base::find(*object, "platform");
  if (platform != nullptr && !platform->is_null()) {
    if (!platform->is_object()) return malformed(digest, "has a platform that is not an object");
    auto read = read_platform(platform->get_object(), digest);
    if (!read) return std::unexpected(read.error());
    out.platform = std::move(*read);
  }
  return out;
}

Result<std::vector<Descriptor>> read_descriptors(const json::object& object, std::string_view name, std::size_t most,
                                                 const Digest& digest) {
  std::vector<Descriptor> out;
  const json::array* array = base::find_array(object, name);
  if (array == nullptr) return malformed(digest, "has no list '" + std::string(name) + "'");
  if (array->size() > most) {
    return fail(ErrorKind::limit, "manifest " + digest.text() + " lists " + std::to_string(array->size()) + " " +
                                      std::string(name) + ", more than the " + std::to_string(most) + " that are read");
  }
  for (const json::value& value : *array) {
    auto descriptor = read_descriptor(value, digest, "an entry of '" + std::string(name) + "'");
    if (!descriptor) return std::unexpected(descriptor.error());
    if (descriptor->digest == digest) return malformed(digest, "names itself");
    out.push_back(std::move(*descriptor));
  }
  return out;
}

// Docker's and OCI's specifications let a document leave mediaType out (OCI) or demand it (Docker). What stands in the
// document, what it was served as and what its members are must not contradict each other.
Result<std::string> decide_type(const json::object& object, std::string_view served, const Digest& digest) {
  const bool has_manifests = object.contains("manifests");
  const bool has_layers = object.contains("layers") || object.contains("config");
  const bool has_schema_1 = object.contains("fsLayers") || object.contains("history") || object.contains("signatures");
  std::string_view own = base::find_string(object, "mediaType").value_or(std::string_view());
  const bool schema_1_number = base::find_unsigned(object, "schemaVersion") == std::uint64_t{1};
  if (is_schema_1(own) || is_schema_1(served) || schema_1_number || has_schema_1) {
    return fail(ErrorKind::unsupported, "manifest " + digest.text() + " is Docker schema 1, which is refused",
                "rebuild or re-push the image with a current client");
  }
  if (base::find_unsigned(object, "schemaVersion") != std::uint64_t{2})
    return malformed(digest, "has no schemaVersion 2");
  if (has_manifests && has_layers) return malformed(digest, "is index and image manifest at once");
  if (!has_manifests && !has_layers) return malformed(digest, "is neither an index nor an image manifest");
  const bool known = media_type::is_index(served) || media_type::is_image(served);
  if (own.empty()) {
    if (known)
      own = served;
    else
      own = has_manifests ? media_type::oci_index : media_type::oci_manifest;
  } else if (known && own != served) {
    return malformed(
        digest, "says mediaType '" + base::harmless(own, 120) + "' but was served as '" + std::string(served) + "'");
  }
  if (!media_type::is_index(own) && !media_type::is_image(own)) {
    return fail(ErrorKind::unsupported,
                "manifest " + digest.text() + " has the unknown mediaType '" + base::harmless(own, 120) + "'");
  }
  if (media_type::is_index(own) != has_manifests) {
    return malformed(digest, "says mediaType '" + std::string(own) + "' but has the members of another type");
  }
  return std::string(own);
}

Result<void> read_index(const json::object& object, Manifest& out) {
  auto manifests = read_descriptors(object, "manifests", kMostManifests, out.digest);
  if (!manifests) return std::unexpected(manifests.error());
  out.manifests = std::move(*manifests);
  return {};
}

Result<void> read_image(const json::object& object, Manifest& out) {
  const json::value* config = base::find(object, "config");
  if (config == nullptr) return malformed(out.digest, "has no config");
  auto descriptor = read_descriptor(*config, out.digest, "a config");
  if (!descriptor) return std::unexpected(descriptor.error());
  out.config = std::move(*descriptor);
  auto layers = read_descriptors(object, "layers", kMostLayers, out.digest);
  if (!layers) return std::unexpected(layers.error());
  out.layers = std::move(*layers);
  return {};
}

}  // namespace

bool media_type::is_index(std::string_view type) { return type == oci_index || type == docker_list; }
bool media_type::is_image(std::string_view type) { return type == oci_manifest || type == docker_manifest; }

Result<Manifest> parse_manifest(const VerifiedBytes& bytes, std::string_view served_type) {
  const Digest& digest = bytes.digest();
  auto document = read_json(bytes.bytes(), "manifest " + digest.text());
  if (!document) return std::unexpected(document.error());
  const json::object* object = document->if_object();
  if (object == nullptr) return malformed(digest, "is not a JSON object");
  auto type = decide_type(*object, without_parameters(served_type), digest);
  if (!type) return std::unexpected(type.error());
  auto annotations = read_annotations(*object, digest);
  if (!annotations) return std::unexpected(annotations.error());
  const auto kind = media_type::is_index(*type) ? Manifest::Kind::index : Manifest::Kind::image;
  Manifest out{
      kind, std::move(*type),       string_member(*object, "artifactType"), digest, bytes.bytes().size(), {}, {}, {},
      {},   std::move(*annotations)};
  if (const json::value* subject = base::find(*object, "subject"); subject != nullptr && !subject->is_null()) {
    auto descriptor = read_descriptor(*subject, digest, "a subject");
    if (!descriptor) return std::unexpected(descriptor.error());
    out.subject = std::move(*descriptor);
  }
  auto read = kind == Manifest::Kind::index ? read_index(*object, out) : read_image(*object, out);
  if (!read) return std::unexpected(read.error());
  return out;
}

Result<Platform> parse_config_platform(const VerifiedBytes& config) {
  auto document = read_json(config.bytes(), "config " + config.digest().text());
  if (!document) return std::unexpected(document.error());
  const json::object* object = document->if_object();
  if (object == nullptr || !object->contains("os") || !object->contains("architecture")) {
    return fail(ErrorKind::unsupported, "config " + config.digest().text() + " has no os and architecture",
                "it may be an artifact and no image");
  }
  return read_platform(*object, config.digest());
}

bool is_attestation(const Descriptor& child) {
  if (child.platform && child.platform->is_unknown()) return true;
  const auto found = child.annotations.find("vnd.docker.reference.type");
  return found != child.annotations.end() && found->second == "attestation-manifest";
}

}  // namespace lock::image
