#include "tests/support/trust/signed_registry.hpp"

#include <fstream>

#include "resolver/base/file.hpp"
#include "resolver/base/text.hpp"

namespace lock::test {
namespace {

namespace json = boost::json;

json::object to_json(const image::Descriptor& descriptor) {
  json::object out{
      {"mediaType", descriptor.media_type}, {"digest", descriptor.digest.text()}, {"size", descriptor.size}};
  if (!descriptor.annotations.empty()) {
    json::object annotations;
    for (const auto& [name, value] : descriptor.annotations) annotations[name] = value;
    out["annotations"] = annotations;
  }
  if (descriptor.platform) {
    out["platform"] =
        json::object{{"os", descriptor.platform->os}, {"architecture", descriptor.platform->architecture}};
  }
  return out;
}

// As a registry serves it: by the type that the document itself says.
std::string media_type_of(const std::string& manifest) {
  boost::system::error_code error;
  const json::value value = json::parse(manifest, error);
  const auto* object = value.if_object();
  const auto* type = error || object == nullptr ? nullptr : object->if_contains("mediaType");
  return type == nullptr ? std::string(image::media_type::oci_manifest) : std::string(type->as_string());
}

template <typename T>
Result<T> failing(ErrorKind kind) {
  return fail(kind, "told to fail");
}

}  // namespace

image::Descriptor SignedRegistry::put_blob(const std::string& bytes, const std::string& media_type) {
  const auto digest = image::Digest::sha256_of(bytes);
  blobs_[digest.text()] = bytes;
  return {media_type, digest, bytes.size(), std::nullopt, {}, {}};
}

image::Digest SignedRegistry::put_manifest(const json::object& manifest) {
  const std::string bytes = json::serialize(manifest);
  const auto digest = image::Digest::sha256_of(bytes);
  manifests_[digest.text()] = bytes;
  return digest;
}

image::Digest SignedRegistry::attach_bundle(const image::Digest& subject, const std::string& bundle,
                                            std::optional<image::Digest> names) {
  const image::Descriptor layer = put_blob(bundle, "application/vnd.dev.sigstore.bundle.v0.3+json");
  bundles_.push_back(layer.digest);
  const image::Descriptor empty = put_blob("{}", std::string(image::media_type::oci_empty));
  const image::Descriptor about{std::string(image::media_type::oci_manifest), names.value_or(subject), 100, {}, {}, {}};
  const auto digest = put_manifest({{"schemaVersion", 2},
                                    {"mediaType", image::media_type::oci_manifest},
                                    {"artifactType", layer.media_type},
                                    {"config", to_json(empty)},
                                    {"layers", json::array{to_json(layer)}},
                                    {"subject", to_json(about)}});
  // As go-containerregistry long wrote it: an artifact type that says nothing (sigstore/cosign#4641).
  referrers_[subject.text()].push_back(
      {std::string(image::media_type::oci_manifest), digest, 1, {}, std::string(image::media_type::oci_empty), {}});
  return digest;
}

image::Digest SignedRegistry::attach_artifact(const image::Digest& subject, const std::string& media_type) {
  const image::Descriptor layer = put_blob("an artifact", media_type);
  const image::Descriptor empty = put_blob("{}", std::string(image::media_type::oci_empty));
  const image::Descriptor about{std::string(image::media_type::oci_manifest), subject, 100, {}, {}, {}};
  const auto digest = put_manifest({{"schemaVersion", 2},
                                    {"mediaType", image::media_type::oci_manifest},
                                    {"artifactType", media_type},
                                    {"config", to_json(empty)},
                                    {"layers", json::array{to_json(layer)}},
                                    {"subject", to_json(about)}});
  referrers_[subject.text()].push_back({std::string(image::media_type::oci_manifest), digest, 1, {}, media_type, {}});
  return digest;
}

void SignedRegistry::add_layer(const image::Digest& subject, const std::string& suffix, const std::string& media_type,
                               const std::string& bytes, std::map<std::string, std::string> annotations) {
  const std::string tag = "sha256-" + std::string(subject.hex()) + suffix;
  image::Descriptor layer = put_blob(bytes, media_type);
  layer.annotations = std::move(annotations);
  json::object& manifest = tagged_[tag];
  if (manifest.empty()) {
    manifest = {{"schemaVersion", 2},
                {"mediaType", image::media_type::oci_manifest},
                {"config", to_json(put_blob("{\"a\":1}", "application/vnd.oci.image.config.v1+json"))},
                {"layers", json::array{}}};
  }
  manifest["layers"].as_array().push_back(to_json(layer));
  tags_.insert_or_assign(tag, put_manifest(manifest));
}

image::Descriptor SignedRegistry::add_platform(const std::string& platform, const std::string& salt) {
  const auto parsed = image::Platform::parse(platform).value();
  const image::Descriptor config =
      put_blob(json::serialize(json::object{{"os", parsed.os}, {"architecture", parsed.architecture}, {"salt", salt}}),
               "application/vnd.oci.image.config.v1+json");
  const auto digest = put_manifest({{"schemaVersion", 2},
                                    {"mediaType", image::media_type::oci_manifest},
                                    {"config", to_json(config)},
                                    {"layers", json::array{}}});
  return {std::string(image::media_type::oci_manifest), digest, 1, parsed, {}, {}};
}

image::Descriptor SignedRegistry::add_attestation(const std::optional<image::Digest>& about,
                                                  const std::vector<Attested>& layers) {
  json::array list;
  for (const Attested& one : layers) {
    image::Descriptor layer = put_blob(one.statement, "application/vnd.in-toto+json");
    if (!one.annotated.empty()) layer.annotations["in-toto.io/predicate-type"] = one.annotated;
    list.push_back(to_json(layer));
  }
  const auto digest = put_manifest({{"schemaVersion", 2},
                                    {"mediaType", image::media_type::oci_manifest},
                                    {"config", to_json(put_blob("{}", std::string(image::media_type::oci_empty)))},
                                    {"layers", list}});
  image::Descriptor out{
      std::string(image::media_type::oci_manifest),  digest, 1,
      image::Platform{"unknown", "unknown", "", ""}, {},     {{"vnd.docker.reference.type", "attestation-manifest"}}};
  if (about) out.annotations["vnd.docker.reference.digest"] = about->text();
  return out;
}

image::Digest SignedRegistry::add_index(const std::vector<image::Descriptor>& entries) {
  json::array list;
  for (const image::Descriptor& entry : entries) list.push_back(to_json(entry));
  return put_manifest({{"schemaVersion", 2}, {"mediaType", image::media_type::oci_index}, {"manifests", list}});
}

void SignedRegistry::corrupt_bundles() {
  for (const image::Digest& digest : bundles_) corrupt_blob(digest);
}

image::Digest SignedRegistry::add_manifest(const std::string& bytes) {
  const auto digest = image::Digest::sha256_of(bytes);
  manifests_[digest.text()] = bytes;
  return digest;
}

void SignedRegistry::write_layout(const std::filesystem::path& folder) {
  for (const auto& [subject, list] : referrers_) {
    std::string tag = subject;
    tag.replace(tag.find(':'), 1, "-");
    if (!list.empty()) tags_.insert_or_assign(tag, add_index(list));
  }
  std::filesystem::create_directories(folder / "blobs/sha256");
  const auto write = [&](const std::string& name, const std::string& bytes) {
    std::ofstream(folder / name, std::ios::binary) << bytes;
  };
  for (const auto* all : {&blobs_, &manifests_}) {
    for (const auto& [digest, bytes] : *all) write("blobs/sha256/" + digest.substr(digest.find(':') + 1), bytes);
  }
  json::array entries;
  for (const auto& [tag, digest] : tags_) {
    const std::string& bytes = manifests_.at(digest.text());
    image::Descriptor entry{media_type_of(bytes), digest, bytes.size(), {}, {}, {}};
    entry.annotations["org.opencontainers.image.ref.name"] =
        image::Reference(repository(), tag, std::nullopt).canonical();
    entries.push_back(to_json(entry));
  }
  write("index.json", json::serialize(json::object{{"schemaVersion", 2}, {"manifests", entries}}));
  write("oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
}

void SignedRegistry::load(const std::filesystem::path& folder) {
  const auto contents = [](const std::filesystem::path& path) { return base::read_file(path, 1 << 20).value(); };
  for (const auto& entry : std::filesystem::directory_iterator(folder / "blobs")) {
    const std::string digest = "sha256:" + entry.path().filename().string();
    blobs_[digest] = manifests_[digest] = contents(entry.path());
  }
  const std::string image_file = contents(folder / "image");
  const auto list_referrers = [&](const std::string& named) {
    const auto digest = image::Digest::parse(base::trim(named)).value();
    const auto index = image::VerifiedBytes::check(manifests_.at(digest.text()), digest).value();
    referrers_[std::string(base::trim(image_file))] =
        image::parse_manifest(index, image::media_type::oci_index).value().manifests;
  };
  if (std::filesystem::exists(folder / "referrers")) list_referrers(contents(folder / "referrers"));
  if (!std::filesystem::exists(folder / "tags")) return;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "tags")) {
    const std::string tag = entry.path().filename();
    const std::string named = contents(entry.path());
    if (tag.ends_with(".sig") || tag.ends_with(".att")) {
      tags_.insert_or_assign(tag, image::Digest::parse(base::trim(named)).value());
    } else {
      list_referrers(named);
    }
  }
}

std::vector<Result<image::Resolution>> SignedRegistry::resolve(std::span<const image::Reference> tags) {
  ++waves;
  std::vector<Result<image::Resolution>> out;
  for (const auto& reference : tags) {
    ++questions["resolve " + *reference.tag()];
    const auto found = tags_.find(*reference.tag());
    if (fail_tags) {
      out.push_back(failing<image::Resolution>(*fail_tags));
    } else if (found == tags_.end()) {
      out.push_back(failing<image::Resolution>(ErrorKind::absent));
    } else {
      out.push_back(image::Resolution{found->second, std::string(image::media_type::oci_manifest), {}});
    }
  }
  return out;
}

std::vector<Result<image::ManifestContent>> SignedRegistry::manifests(std::span<const image::Reference> digests) {
  ++waves;
  std::vector<Result<image::ManifestContent>> out;
  for (const auto& reference : digests) {
    ++questions["manifest " + reference.digest()->text()];
    const auto found = manifests_.find(reference.digest()->text());
    if (fail_manifests || found == manifests_.end()) {
      out.push_back(failing<image::ManifestContent>(fail_manifests.value_or(ErrorKind::absent)));
    } else {
      out.push_back(image::ManifestContent{image::VerifiedBytes::check(found->second, *reference.digest()).value(),
                                           media_type_of(found->second)});
    }
  }
  return out;
}

std::vector<Result<image::VerifiedBytes>> SignedRegistry::blobs(std::span<const image::Reference> digests,
                                                                std::size_t most) {
  ++waves;
  std::size_t weight = 0;
  std::vector<Result<image::VerifiedBytes>> out;
  for (const auto& reference : digests) {
    ++questions["blob " + reference.digest()->text()];
    const std::string bytes = blobs_[reference.digest()->text()];
    if (fail_blobs) {
      out.push_back(failing<image::VerifiedBytes>(*fail_blobs));
    } else if (bytes.size() > most) {
      out.push_back(failing<image::VerifiedBytes>(ErrorKind::limit));
    } else {
      weight += bytes.size();
      out.push_back(image::VerifiedBytes::check(corrupt_ ? bytes + " " : bytes, *reference.digest()));
    }
  }
  heaviest_wave = std::max(heaviest_wave, weight);
  return out;
}

std::vector<Result<image::Presence>> SignedRegistry::presence(std::span<const image::Reference> digests) {
  return std::vector<Result<image::Presence>>(digests.size(), image::Presence::present);
}

std::vector<Result<image::Referrers>> SignedRegistry::referrers(std::span<const image::Reference> subjects) {
  ++waves;
  std::vector<Result<image::Referrers>> out;
  for (const auto& reference : subjects) {
    ++questions["referrers " + reference.digest()->text()];
    const auto& list = referrers_[reference.digest()->text()];
    if (fail_referrers) {
      out.push_back(failing<image::Referrers>(*fail_referrers));
    } else {
      out.push_back(image::Referrers{list.empty(), list});
    }
  }
  return out;
}

}  // namespace lock::test
