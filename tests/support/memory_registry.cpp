#include "tests/support/memory_registry.hpp"

#include <set>
#include <stdexcept>
#include <utility>

namespace lock::test {
namespace {

using image::Digest;
using image::Reference;

std::string platform_json(const image::Platform& platform) {
  std::string json = R"({"architecture":")" + platform.architecture + R"(","os":")" + platform.os + '"';
  if (!platform.variant.empty()) json += R"(,"variant":")" + platform.variant + '"';
  if (!platform.os_version.empty()) json += R"(,"os.version":")" + platform.os_version + '"';
  return json + "}";
}

std::string descriptor(std::string_view media_type, const Digest& digest, std::size_t size,
                       std::string_view more = {}) {
  return R"({"mediaType":")" + std::string(media_type) + R"(","digest":")" + digest.text() + R"(","size":)" +
         std::to_string(size) + std::string(more) + "}";
}

}  // namespace

Reference MemoryRegistry::reference(std::string_view text) { return Reference::parse(text).value(); }

Digest MemoryRegistry::store(std::string bytes, std::string_view media_type) {
  Digest digest = Digest::sha256_of(bytes);
  manifests_.insert_or_assign(digest, Stored{std::move(bytes), std::string(media_type), {}});
  return digest;
}

Digest MemoryRegistry::store_image(std::string_view platform, std::string_view salt) {
  std::string config = platform_json(image::Platform::parse(platform).value());
  config.insert(1, R"("created_by":")" + std::string(salt) + "\",");
  const Digest config_digest = Digest::sha256_of(config);
  const std::string manifest =
      R"({"schemaVersion":2,"mediaType":")" + std::string(image::media_type::oci_manifest) + R"(","config":)" +
      descriptor("application/vnd.oci.image.config.v1+json", config_digest, config.size()) + R"(,"layers":[]})";
  blobs_.insert_or_assign(config_digest, std::move(config));
  return store(manifest, image::media_type::oci_manifest);
}

Digest MemoryRegistry::add_index(std::string_view tag, const std::vector<std::string>& platforms,
                                 std::string_view salt) {
  std::string children;
  std::map<std::string, Digest> by_platform;
  for (const std::string& platform : platforms) {
    const Digest digest = store_image(platform, salt);
    by_platform.emplace(platform, digest);
    children += (children.empty() ? "" : ",") +
                descriptor(image::media_type::oci_manifest, digest, manifests_.at(digest).bytes.size(),
                           R"(,"platform":)" + platform_json(image::Platform::parse(platform).value()));
  }
  const Digest index = store(R"({"schemaVersion":2,"mediaType":")" + std::string(image::media_type::oci_index) +
                                 R"(","manifests":[)" + children + "]}",
                             image::media_type::oci_index);
  manifests_.at(index).platforms = std::move(by_platform);
  tags_.insert_or_assign(reference(tag), index);
  return index;
}

Digest MemoryRegistry::add_bare_index(std::string_view tag, const std::vector<Digest>& children) {
  std::string list;
  for (const Digest& child : children) {
    const Stored& stored = manifests_.at(child);
    list += (list.empty() ? "" : ",") + descriptor(stored.media_type, child, stored.bytes.size());
  }
  const Digest index = store(R"({"schemaVersion":2,"mediaType":")" + std::string(image::media_type::oci_index) +
                                 R"(","manifests":[)" + list + "]}",
                             image::media_type::oci_index);
  tags_.insert_or_assign(reference(tag), index);
  return index;
}

Digest MemoryRegistry::add_image(std::string_view tag, std::string_view platform, std::string_view salt) {
  Digest digest = store_image(platform, salt);
  tags_.insert_or_assign(reference(tag), digest);
  return digest;
}

Digest MemoryRegistry::add_artifact(std::string_view tag, std::string_view salt) {
  const std::string config = R"({"name":")" + std::string(salt) + "\"}";
  Digest digest =
      store(R"({"schemaVersion":2,"mediaType":")" + std::string(image::media_type::oci_manifest) + R"(","config":)" +
                descriptor("application/vnd.cncf.helm.config.v1+json", Digest::sha256_of(config), config.size()) +
                R"(,"layers":[]})",
            image::media_type::oci_manifest);
  tags_.insert_or_assign(reference(tag), digest);
  return digest;
}

Digest MemoryRegistry::platform_digest(const Digest& index, std::string_view platform) const {
  return manifests_.at(index).platforms.at(std::string(platform));
}

std::optional<Error> MemoryRegistry::failure(const Reference& about) const {
  const auto failing = failing_.find(about.repository().registry);
  if (failing == failing_.end()) return std::nullopt;
  return fail(failing->second, "https://" + about.repository().registry + "/v2/ did not answer").error();
}

std::vector<Result<image::Resolution>> MemoryRegistry::resolve(std::span<const Reference> tags) {
  std::vector<Result<image::Resolution>> answers;
  for (const Reference& tag : tags) {
    asked.push_back("resolve " + tag.canonical());
    const auto found = tags_.find(tag.digest() ? tag.without_digest() : tag);
    if (auto error = failure(tag)) {
      answers.emplace_back(std::unexpected(std::move(*error)));
    } else if (found == tags_.end()) {
      answers.emplace_back(fail(ErrorKind::absent, "the registry has no " + tag.familiar()));
    } else {
      const auto stored = manifests_.find(found->second);
      image::Resolution resolution{found->second, {}, std::nullopt};
      if (stored != manifests_.end()) resolution.media_type = stored->second.media_type;
      if (with_content_) {
        resolution.content = image::VerifiedBytes::adopt(stored->second.bytes, base::HashAlgorithm::sha256);
      }
      answers.emplace_back(std::move(resolution));
    }
  }
  return answers;
}

std::vector<Result<image::ManifestContent>> MemoryRegistry::manifests(std::span<const Reference> digests) {
  std::vector<Result<image::ManifestContent>> answers;
  for (const Reference& digest : digests) {
    asked.push_back("manifest " + digest.canonical());
    const auto stored = manifests_.find(*digest.digest());
    if (auto error = failure(digest)) {
      answers.emplace_back(std::unexpected(std::move(*error)));
    } else if (stored == manifests_.end()) {
      answers.emplace_back(fail(ErrorKind::absent, "the registry has no " + digest.canonical()));
    } else {
      const std::string bytes =
          tampered_.contains(*digest.digest()) ? stored->second.bytes + " " : stored->second.bytes;
      auto checked = image::VerifiedBytes::check(bytes, *digest.digest());
      if (checked) {
        answers.emplace_back(image::ManifestContent{std::move(*checked), stored->second.media_type});
      } else {
        answers.emplace_back(std::unexpected(std::move(checked.error())));
      }
    }
  }
  return answers;
}

std::vector<Result<image::VerifiedBytes>> MemoryRegistry::blobs(std::span<const Reference> digests, std::size_t most) {
  std::vector<Result<image::VerifiedBytes>> answers;
  for (const Reference& digest : digests) {
    asked.push_back("blob " + digest.canonical());
    const auto stored = blobs_.find(*digest.digest());
    if (stored == blobs_.end()) {
      answers.emplace_back(fail(ErrorKind::absent, "the registry has no " + digest.canonical()));
    } else if (stored->second.size() > most) {
      answers.emplace_back(fail(ErrorKind::limit, "the blob is too large"));
    } else {
      answers.emplace_back(image::VerifiedBytes::check(stored->second, *digest.digest()));
    }
  }
  return answers;
}

std::vector<Result<image::Presence>> MemoryRegistry::presence(std::span<const Reference> digests) {
  std::vector<Result<image::Presence>> answers;
  std::set<Reference> once;
  for (const Reference& digest : digests) {
    if (once.insert(digest).second) asked.push_back("presence " + digest.canonical());
    if (auto error = failure(digest)) {
      answers.emplace_back(std::unexpected(std::move(*error)));
    } else if (at_mirror_.contains(*digest.digest())) {
      answers.emplace_back(image::Presence::only_at_mirror);
    } else if (tampered_.contains(*digest.digest())) {
      answers.emplace_back(fail(ErrorKind::mismatch, "the bytes of " + digest.digest()->short_text() + " are others"));
    } else {
      answers.emplace_back(manifests_.contains(*digest.digest()) ? image::Presence::present : image::Presence::gone);
    }
  }
  return answers;
}

std::vector<Result<image::Referrers>> MemoryRegistry::referrers(std::span<const Reference> subjects) {
  std::vector<Result<image::Referrers>> answers;
  for (const Reference& subject : subjects) {
    asked.push_back("referrers " + subject.canonical());
    answers.emplace_back(image::Referrers{true, {}});
  }
  return answers;
}

}  // namespace lock::test
