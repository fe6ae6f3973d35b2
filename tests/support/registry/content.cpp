#include "tests/support/registry/content.hpp"

#include <functional>
#include <stdexcept>

#include "resolver/base/encoding.hpp"
#include "resolver/base/hash.hpp"
#include "resolver/image/manifest.hpp"

namespace lock::test {
namespace {

namespace json = boost::json;
namespace media_type = image::media_type;

std::string text_of(std::string_view view) { return std::string(view); }

json::object descriptor(std::string_view type, const std::string& digest, std::size_t size) {
  return {{"mediaType", type}, {"digest", digest}, {"size", size}};
}

json::object platform_object(const std::string& text) {
  json::object out;
  std::vector<std::string> parts{""};
  for (const char c : text) {
    if (c == '/')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  std::string& os = parts.at(0);
  if (const std::size_t open = os.find('('); open != std::string::npos) {
    out["os.version"] = os.substr(open + 1, os.size() - open - 2);
    os.resize(open);
  }
  out["architecture"] = parts.size() > 1 ? parts[1] : "";
  out["os"] = os;
  if (parts.size() > 2) out["variant"] = parts[2];
  return out;
}

std::string layer_of(const ImageOptions& options, const std::string& platform, std::size_t number) {
  std::string layer = "layer " + std::to_string(number) + " of " + platform + " " + options.salt;
  layer.resize(std::max(options.layer_bytes, layer.size()), '.');
  return layer;
}

std::string string_or(const json::object& object, std::string_view key, std::string otherwise = {}) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? text_of(value->as_string()) : std::move(otherwise);
}

bool flag(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->as_bool();
}

std::size_t number_or(const json::object& object, std::string_view key, std::size_t otherwise) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_int64() ? static_cast<std::size_t>(value->as_int64()) : otherwise;
}

json::object object_or_empty(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_object() ? value->as_object() : json::object{};
}

}  // namespace

std::string digest_text(std::string_view bytes, const std::string& algorithm) {
  const auto hash = algorithm == "sha512" ? base::HashAlgorithm::sha512 : base::HashAlgorithm::sha256;
  return algorithm + ":" + base::to_hex(base::hash(hash, bytes));
}

std::string expand_with(std::string_view text,
                        const std::function<std::optional<std::string>(std::string_view)>& value) {
  std::string out;
  while (true) {
    const std::size_t open = text.find("${");
    const std::size_t close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) return out.append(text);
    out += text.substr(0, open);
    const auto found = value(text.substr(open + 2, close - open - 2));
    if (found)
      out += *found;
    else
      out += text.substr(open, close - open + 1);
    text.remove_prefix(close + 1);
  }
}

std::string Content::add_blob(const std::string& repository, Bytes bytes, const std::string& algorithm) {
  const std::string digest = digest_text(bytes, algorithm);
  repositories_[repository].blobs[digest] = std::move(bytes);
  return digest;
}

std::string Content::add_manifest(const std::string& repository, Bytes bytes, const std::string& media_type,
                                  const std::string& tag, const std::string& name, const std::string& algorithm) {
  const std::string digest = digest_text(bytes, algorithm);
  StoredManifest stored{.media_type = media_type};
  boost::system::error_code error;
  if (const json::value parsed = json::parse(bytes, error); !error && parsed.is_object()) {
    const json::object& object = parsed.as_object();
    stored.subject = string_or(object_or_empty(object, "subject"), "digest");
    stored.artifact_type = string_or(object, "artifactType");
    if (stored.artifact_type.empty()) stored.artifact_type = string_or(object_or_empty(object, "config"), "mediaType");
    stored.annotations = object_or_empty(object, "annotations");
  }
  stored.bytes = std::move(bytes);
  StoredRepository& place = repositories_[repository];
  place.manifests[digest] = std::move(stored);
  if (!tag.empty()) place.tags[tag] = digest;
  if (!name.empty()) names_[name] = digest;
  return digest;
}

std::string Content::add_image(const std::string& repository, const ImageOptions& options) {
  const bool many = options.index || options.platforms.size() > 1 || options.attestation;
  const std::string_view manifest_type = options.docker ? media_type::docker_manifest : media_type::oci_manifest;
  const std::string_view config_type =
      options.docker ? "application/vnd.docker.container.image.v1+json" : "application/vnd.oci.image.config.v1+json";
  const std::string_view layer_type = options.docker ? "application/vnd.docker.image.rootfs.diff.tar.gzip"
                                                     : "application/vnd.oci.image.layer.v1.tar+gzip";
  json::array children;
  std::string digest;
  for (const std::string& platform : options.platforms) {
    json::object config = platform_object(platform);
    config["config"] = json::object{{"Labels", json::object{{"salt", options.salt}}}};
    json::array layers;
    json::array differences;
    for (std::size_t i = 0; i < options.layers; ++i) {
      const std::string layer = layer_of(options, platform, i);
      differences.emplace_back(digest_text(layer));
      layers.push_back(descriptor(layer_type, add_blob(repository, layer, options.algorithm), layer.size()));
    }
    config["rootfs"] = json::object{{"type", "layers"}, {"diff_ids", differences}};
    const std::string config_text = json::serialize(config);
    const std::string config_digest = add_blob(repository, config_text, options.algorithm);
    json::object manifest{{"schemaVersion", 2},
                          {"mediaType", manifest_type},
                          {"config", descriptor(config_type, config_digest, config_text.size())},
                          {"layers", layers}};
    if (!many && !options.annotations.empty()) manifest["annotations"] = options.annotations;
    const std::string text = json::serialize(manifest);
    const std::string child_name = many && !options.name.empty() ? options.name + ":" + platform : std::string();
    digest = add_manifest(repository, text, text_of(manifest_type), {}, child_name, options.algorithm);
    json::object child = descriptor(manifest_type, digest, text.size());
    child["platform"] = platform_object(platform);
    children.push_back(child);
    if (!options.attestation) continue;
    const std::string statement = R"({"_type":"https://in-toto.io/Statement/v0.1","subject":[]})";
    const std::string empty = "{}";
    const json::object attestation{
        {"schemaVersion", 2},
        {"mediaType", manifest_type},
        {"config", descriptor(config_type, add_blob(repository, empty, options.algorithm), empty.size())},
        {"layers", json::array{descriptor("application/vnd.in-toto+json",
                                          add_blob(repository, statement, options.algorithm), statement.size())}},
        {"annotations", json::object{{"about", digest}}}};
    const std::string attestation_text = json::serialize(attestation);
    json::object attestation_child = descriptor(
        manifest_type, add_manifest(repository, attestation_text, text_of(manifest_type), {}, {}, options.algorithm),
        attestation_text.size());
    attestation_child["annotations"] =
        json::object{{"vnd.docker.reference.type", "attestation-manifest"}, {"vnd.docker.reference.digest", digest}};
    attestation_child["platform"] = json::object{{"architecture", "unknown"}, {"os", "unknown"}};
    children.push_back(attestation_child);
  }
  if (many) {
    const std::string_view type = options.docker ? media_type::docker_list : media_type::oci_index;
    json::object index{{"schemaVersion", 2}, {"mediaType", type}, {"manifests", children}};
    if (!options.annotations.empty()) index["annotations"] = options.annotations;
    digest = add_manifest(repository, json::serialize(index), text_of(type), {}, {}, options.algorithm);
  }
  if (!options.tag.empty()) tag(repository, options.tag, digest);
  if (!options.name.empty()) names_[options.name] = digest;
  return digest;
}

std::size_t Content::size_of(const std::string& digest) const {
  for (const auto& [name, repository] : repositories_) {
    if (const auto found = repository.manifests.find(digest); found != repository.manifests.end()) {
      return found->second.bytes.size();
    }
    if (const auto found = repository.blobs.find(digest); found != repository.blobs.end()) return found->second.size();
  }
  return 0;
}

std::string Content::add_artifact(const std::string& repository, const ArtifactOptions& options) {
  const std::string config = "{}";
  json::object layer = descriptor(options.layer_type, add_blob(repository, options.payload), options.payload.size());
  if (!options.layer_annotations.empty()) layer["annotations"] = options.layer_annotations;
  json::object manifest{{"schemaVersion", 2}, {"mediaType", media_type::oci_manifest}};
  if (!options.artifact_type.empty()) manifest["artifactType"] = options.artifact_type;
  manifest["config"] = descriptor(options.config_type, add_blob(repository, config), config.size());
  manifest["layers"] = json::array{layer};
  if (!options.subject.empty()) {
    const StoredRepository& place = repositories_[repository];
    const auto found = place.manifests.find(options.subject);
    const std::string type = found == place.manifests.end() ? text_of(media_type::oci_index) : found->second.media_type;
    manifest["subject"] = descriptor(type, options.subject, size_of(options.subject));
  }
  if (!options.annotations.empty()) manifest["annotations"] = options.annotations;
  return add_manifest(repository, json::serialize(manifest), text_of(media_type::oci_manifest), options.tag,
                      options.name);
}

std::string Content::add_fallback_tag(const std::string& repository, const std::string& subject) {
  json::array entries;
  for (const auto& [digest, manifest] : repositories_[repository].manifests) {
    if (manifest.subject != subject) continue;
    json::object entry = descriptor(manifest.media_type, digest, manifest.bytes.size());
    entry["artifactType"] = manifest.artifact_type;
    if (!manifest.annotations.empty()) entry["annotations"] = manifest.annotations;
    entries.push_back(entry);
  }
  const json::object index{{"schemaVersion", 2}, {"mediaType", media_type::oci_index}, {"manifests", entries}};
  std::string tag = subject;
  tag[tag.find(':')] = '-';
  return add_manifest(repository, json::serialize(index), text_of(media_type::oci_index), tag);
}

std::string Content::add_companion_tag(const std::string& repository, const std::string& subject,
                                       const std::string& suffix, const std::string& payload) {
  std::string tag = subject + "." + suffix;
  tag[tag.find(':')] = '-';
  return add_artifact(repository, {.artifact_type = "",
                                   .config_type = "application/vnd.oci.image.config.v1+json",
                                   .layer_type = "application/vnd.dev.cosign.simplesigning.v1+json",
                                   .payload = payload,
                                   .subject = {},
                                   .tag = tag,
                                   .name = {},
                                   .annotations = {},
                                   .layer_annotations = {{"dev.cosignproject.cosign/signature", "c2lnbmF0dXJl"}}});
}

void Content::tag(const std::string& repository, const std::string& tag, const std::string& digest) {
  repositories_[repository].tags[tag] = digest;
}

void Content::lie(const std::string& repository, const std::string& digest, Bytes bytes) {
  StoredRepository& place = repositories_[repository];
  if (const auto found = place.manifests.find(digest); found != place.manifests.end()) {
    found->second.bytes = std::move(bytes);
  } else {
    place.blobs[digest] = std::move(bytes);
  }
}

void Content::remove(const std::string& repository, const std::string& digest_or_tag) {
  StoredRepository& place = repositories_[repository];
  place.manifests.erase(digest_or_tag);
  place.blobs.erase(digest_or_tag);
  place.tags.erase(digest_or_tag);
  std::erase_if(place.tags, [&](const auto& entry) { return entry.second == digest_or_tag; });
}

StoredRepository* Content::find(std::string_view repository) {
  const auto found = repositories_.find(text_of(repository));
  return found == repositories_.end() ? nullptr : &found->second;
}

std::string Content::digest_of(std::string_view name) const {
  const auto found = names_.find(text_of(name));
  if (found == names_.end()) throw std::runtime_error("the content has nothing named " + text_of(name));
  return found->second;
}

std::string Content::expand(std::string_view text) const {
  return expand_with(text, [&](std::string_view key) -> std::optional<std::string> {
    const std::size_t dot = key.rfind('.');
    const std::string_view attribute = dot == std::string_view::npos ? "" : key.substr(dot + 1);
    const bool split = attribute == "hex" || attribute == "size";
    const auto found = names_.find(text_of(split ? key.substr(0, dot) : key));
    if (found == names_.end()) return std::nullopt;
    if (attribute == "hex") return found->second.substr(found->second.find(':') + 1);
    if (attribute == "size") return std::to_string(size_of(found->second));
    return found->second;
  });
}

void Content::describe(const json::array& entries) {
  for (const json::value& entry : entries) {
    if (!entry.is_object()) throw std::runtime_error("not an object: " + json::serialize(entry));
    try {
      describe_entry(entry.as_object());
    } catch (const std::exception& error) {
      throw std::runtime_error(std::string(error.what()) + ", in " + json::serialize(entry));
    }
  }
}

void Content::describe_entry(const json::object& entry) {
  const std::string repository = string_or(entry, "repository");
  const std::string tag_text = expand(string_or(entry, "tag"));
  const std::string entry_name = string_or(entry, "name");
  if (repository.empty()) throw std::runtime_error("an entry needs a repository");
  if (entry.contains("remove")) return remove(repository, expand(string_or(entry, "remove")));
  if (entry.contains("fallback-tag")) {
    const std::string digest = add_fallback_tag(repository, digest_of(string_or(entry, "fallback-tag")));
    if (!entry_name.empty()) names_[entry_name] = digest;
    return;
  }
  if (entry.contains("signature-of") || entry.contains("attestation-of")) {
    const bool signature = entry.contains("signature-of");
    const std::string subject = digest_of(string_or(entry, signature ? "signature-of" : "attestation-of"));
    const std::string digest =
        add_companion_tag(repository, subject, signature ? "sig" : "att", string_or(entry, "payload", "payload"));
    if (!entry_name.empty()) names_[entry_name] = digest;
    return;
  }
  if (entry.contains("artifact")) {
    const std::string subject = string_or(entry, "subject");
    add_artifact(repository, {.artifact_type = string_or(entry, "artifact"),
                              .payload = string_or(entry, "payload", "payload"),
                              .subject = names_.contains(subject) ? names_.at(subject) : subject,
                              .tag = tag_text,
                              .name = entry_name,
                              .annotations = object_or_empty(entry, "annotations"),
                              .layer_annotations = {}});
    return;
  }
  if (entry.contains("manifest")) {  // any text or JSON, under its own digest
    const json::value& body = entry.at("manifest");
    std::string text = expand(body.is_string() ? text_of(body.as_string()) : json::serialize(body));
    for (std::size_t i = number_or(entry, "pad", 0); i > 0; --i) text += ' ';
    add_manifest(repository, text, string_or(entry, "type", text_of(media_type::oci_manifest)), tag_text, entry_name,
                 string_or(entry, "algorithm", "sha256"));
    return;
  }
  if (entry.contains("blob")) {
    std::string bytes = expand(string_or(entry, "blob"));
    bytes.append(number_or(entry, "pad", 0), ' ');
    const std::string digest = add_blob(repository, std::move(bytes), string_or(entry, "algorithm", "sha256"));
    if (!entry_name.empty()) names_[entry_name] = digest;
    return;
  }
  if (entry.contains("lie")) {  // other bytes under a digest that is there
    return lie(repository, digest_of(string_or(entry, "lie")), expand(string_or(entry, "bytes")));
  }
  if (entry.contains("alias")) {  // a second tag
    return tag(repository, tag_text, digest_of(string_or(entry, "alias")));
  }
  ImageOptions options{.index = flag(entry, "index"),
                       .docker = flag(entry, "docker"),
                       .attestation = flag(entry, "attestation"),
                       .algorithm = string_or(entry, "algorithm", "sha256"),
                       .layers = number_or(entry, "layers", 1),
                       .layer_bytes = number_or(entry, "layer-bytes", 32),
                       .salt = string_or(entry, "salt", repository + ":" + tag_text),
                       .tag = tag_text,
                       .name = entry_name,
                       .annotations = object_or_empty(entry, "annotations")};
  if (const json::value* platforms = entry.if_contains("platforms")) {
    options.platforms.clear();
    for (const json::value& platform : platforms->as_array())
      options.platforms.push_back(text_of(platform.as_string()));
  }
  add_image(repository, options);
}

}  // namespace lock::test
