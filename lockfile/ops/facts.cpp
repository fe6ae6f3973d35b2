#include "lockfile/ops/facts.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace lock::ops {
namespace {

using image::Digest;
using image::Manifest;
using image::Reference;

constexpr std::size_t kMostConfig = std::size_t{4} << 20;
constexpr std::size_t kMostBareChildren = 100;
constexpr auto kImageConfigs = std::to_array<std::string_view>(
    {"application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"});

// Only an image's config says a platform; an artifact's may be anything and of any size.
bool is_image_config(const image::Descriptor& config) {
  return std::ranges::find(kImageConfigs, config.media_type) != kImageConfigs.end();
}

// An image, or a child of an index, that is gone is more than a missing image: somebody took a part out of one.
std::unexpected<Error> broken(std::string what, Error error) {
  if (error.kind == ErrorKind::absent) error.kind = ErrorKind::malformed;
  return while_doing(std::move(what), std::move(error));
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

  void read_bare_children() {
    if (children_.empty()) return;
    std::vector<Reference> ask;
    for (const Part& child : children_) ask.push_back(child.reference);
    auto answers = registry_.manifests(ask);
    for (std::size_t i = 0; i < ask.size(); ++i) {
      const std::string what = "the image " + ask[i].digest()->short_text() + " of the index";
      auto manifest = answers[i] ? image::parse_manifest(answers[i]->bytes, answers[i]->served_type)
                                 : Result<Manifest>(std::unexpected(std::move(answers[i].error())));
      if (!manifest) {
        give_up(children_[i].whose, broken(what, std::move(manifest.error())));
      } else if (manifest->kind == Manifest::Kind::index) {
        give_up(children_[i].whose, nested());
      } else {
        expect_config(ask[i], *manifest, children_[i].whose);
      }
    }
  }

  void read_configs() {
    if (configs_.empty()) return;
    std::vector<Reference> ask;
    for (const Config& config : configs_) ask.push_back(config.part.reference);
    auto answers = registry_.blobs(ask, kMostConfig);
    for (std::size_t i = 0; i < ask.size(); ++i) {
      const auto& [part, image] = configs_[i];
      auto platform = answers[i] ? image::parse_config_platform(*answers[i])
                                 : Result<image::Platform>(std::unexpected(std::move(answers[i].error())));
      if (platform) {
        add_platform(part.whose, {std::move(*platform), image});
      } else if (!answers[i] || platform.error().kind != ErrorKind::unsupported) {
        give_up(part.whose, broken("the config of " + image.short_text(), std::move(platform.error())));
      }
    }
  }

  [[nodiscard]] std::map<Digest, Result<Facts>> take() {
    for (auto& [digest, facts] : facts_) {
      if (facts) document::sort_platforms(facts->platforms);
    }
    return std::move(facts_);
  }

 private:
  // Something to ask for, and the digest whose facts it is a part of.
  struct Part {
    Reference reference;
    Digest whose;
  };
  struct Config {
    Part part;
    Digest image;
  };

  static std::unexpected<Error> nested() {
    return fail(ErrorKind::unsupported, "the index holds another index that names no platform");
  }

  void read(const Reference& reference, const image::VerifiedBytes& bytes, std::string_view served_type) {
    const Digest& digest = *reference.digest();
    auto manifest = image::parse_manifest(bytes, served_type);
    if (!manifest) {
      facts_.emplace(digest, std::unexpected(std::move(manifest.error())));
      return;
    }
    facts_.emplace(digest, Facts{manifest->media_type, {}});
    if (manifest->kind == Manifest::Kind::index) {
      read_index(reference, *manifest);
    } else {
      expect_config(reference, *manifest, digest);
    }
  }

  void read_index(const Reference& reference, const Manifest& index) {
    std::set<Digest> bare;
    for (const image::Descriptor& child : index.manifests) {
      if (image::is_attestation(child)) continue;
      if (child.platform) {
        add_platform(index.digest, {*child.platform, child.digest});
      } else if (image::media_type::is_index(child.media_type)) {
        give_up(index.digest, nested());
      } else if (image::media_type::is_image(child.media_type)) {
        bare.insert(child.digest);
      }
    }
    if (bare.size() > kMostBareChildren) {
      give_up(index.digest, fail(ErrorKind::limit, "the index has " + std::to_string(bare.size()) +
                                                       " images that name no platform, more than the " +
                                                       std::to_string(kMostBareChildren) + " that are read"));
    }
    if (!facts_.at(index.digest)) return;
    for (const Digest& child : bare) children_.push_back({reference.by_digest(child), index.digest});
  }

  void expect_config(const Reference& reference, const Manifest& manifest, const Digest& whose) {
    if (!manifest.config || !is_image_config(*manifest.config)) return;
    configs_.push_back({{reference.by_digest(manifest.config->digest), whose}, manifest.digest});
  }

  void add_platform(const Digest& whose, document::PlatformDigest row) {
    Result<Facts>& facts = facts_.at(whose);
    if (!facts || row.platform.is_unknown()) return;
    if (std::ranges::find(facts->platforms, row) == facts->platforms.end()) facts->platforms.push_back(std::move(row));
  }

  // The first reason stands.
  void give_up(const Digest& whose, std::unexpected<Error> error) {
    Result<Facts>& facts = facts_.at(whose);
    if (facts) facts = std::move(error);
  }

  image::Registry& registry_;
  std::map<Digest, Result<Facts>> facts_;
  std::vector<Part> children_;  // of indexes, without a platform
  std::vector<Config> configs_;
};

}  // namespace

std::map<Digest, Result<Facts>> fetch_facts(std::span<const FactQuestion> questions, image::Registry& registry) {
  Fetch fetch(registry);
  fetch.read_manifests(questions);
  fetch.read_bare_children();
  fetch.read_configs();
  return fetch.take();
}

}  // namespace lock::ops
