#include "lockfile/ops/facts.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lock::ops {
namespace {

using image::Digest;
using image::Manifest;
using image::Reference;

constexpr std::size_t kMostConfig = std::size_t{4} << 20;
constexpr auto kImageConfigs = std::to_array<std::string_view>(
    {"application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"});

// Only an image's config says a platform; an artifact's may be anything and of any size.
bool is_image_config(const image::Descriptor& config) {
  return std::ranges::find(kImageConfigs, config.media_type) != kImageConfigs.end();
}

std::vector<document::PlatformDigest> platforms_of(const Manifest& index) {
  std::vector<document::PlatformDigest> platforms;
  for (const image::Descriptor& child : index.manifests) {
    if (!child.platform || child.platform->is_unknown() || image::is_attestation(child)) continue;
    document::PlatformDigest row{*child.platform, child.digest};
    if (std::ranges::find(platforms, row) == platforms.end()) platforms.push_back(std::move(row));
  }
  document::sort_platforms(platforms);
  return platforms;
}

class Fetch {
 public:
  explicit Fetch(image::Registry& registry) : registry_(registry) {}

  void read_manifests(std::span<const FactQuestion> questions) {
    std::vector<Reference> ask;
    std::map<Digest, const FactQuestion*> seen;
    for (const FactQuestion& question : questions) {
      const Digest& digest = *question.image.digest();
      const auto [at, fresh] = seen.emplace(digest, &question);
      // One that brought its bytes along spares the request, whichever stood first.
      if (!fresh && (at->second->content || !question.content)) continue;
      at->second = &question;
    }
    for (const auto& [digest, question] : seen) {
      if (question->content) {
        read(question->image, *question->content, question->served_type);
      } else {
        ask.push_back(question->image.by_digest(digest));
      }
    }
    if (ask.empty()) return;
    auto answers = registry_.manifests(ask);
    for (std::size_t i = 0; i < ask.size(); ++i) {
      if (answers[i]) {
        read(ask[i], answers[i]->bytes, answers[i]->served_type);
      } else {
        facts_.emplace(*ask[i].digest(), std::unexpected(std::move(answers[i].error())));
      }
    }
  }

  void read_configs() {
    if (configs_.empty()) return;
    std::vector<Reference> ask;
    for (const auto& [reference, manifest] : configs_) ask.push_back(reference);
    auto answers = registry_.blobs(ask, kMostConfig);
    for (std::size_t i = 0; i < ask.size(); ++i) {
      const Manifest& manifest = configs_[i].second;
      auto platform = answers[i] ? image::parse_config_platform(*answers[i])
                                 : Result<image::Platform>(std::unexpected(std::move(answers[i].error())));
      if (platform) {
        facts_.emplace(manifest.digest, Facts{manifest.media_type, {{std::move(*platform), manifest.digest}}});
      } else if (answers[i] && platform.error().kind == ErrorKind::unsupported) {
        facts_.emplace(manifest.digest, Facts{manifest.media_type, {}});
      } else {
        facts_.emplace(manifest.digest, while_doing("the config of " + manifest.digest.short_text(), platform.error()));
      }
    }
  }

  [[nodiscard]] std::map<Digest, Result<Facts>> take() { return std::move(facts_); }

 private:
  void read(const Reference& reference, const image::VerifiedBytes& bytes, std::string_view served_type) {
    auto manifest = image::parse_manifest(bytes, served_type);
    if (!manifest) {
      facts_.emplace(*reference.digest(), std::unexpected(std::move(manifest.error())));
    } else if (manifest->kind == Manifest::Kind::index) {
      facts_.emplace(*reference.digest(), Facts{manifest->media_type, platforms_of(*manifest)});
    } else if (manifest->config && is_image_config(*manifest->config)) {
      Reference config = reference.by_digest(manifest->config->digest);
      configs_.emplace_back(std::move(config), std::move(*manifest));
    } else {
      facts_.emplace(*reference.digest(), Facts{manifest->media_type, {}});
    }
  }

  image::Registry& registry_;
  std::map<Digest, Result<Facts>> facts_;
  std::vector<std::pair<Reference, Manifest>> configs_;  // images without an index
};

}  // namespace

std::map<Digest, Result<Facts>> fetch_facts(std::span<const FactQuestion> questions, image::Registry& registry) {
  Fetch fetch(registry);
  fetch.read_manifests(questions);
  fetch.read_configs();
  return fetch.take();
}

}  // namespace lock::ops
