#include "lockfile/ops/facts.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

namespace lock::ops {
namespace {

using image::Descriptor;
using image::Digest;
using image::Manifest;
using image::Platform;
using image::Reference;

constexpr std::size_t kMostConfig = std::size_t{4} << 20;

// Only these configs say a platform; any other config belongs to an artifact.
bool is_image_config(const std::string& media_type) {
  return media_type == "application/vnd.oci.image.config.v1+json" ||
         media_type == "application/vnd.docker.container.image.v1+json";
}

// A manifest whose platform stands in its config, and where the answer goes.
struct Single {
  std::size_t question;
  Digest digest;  // of the manifest
  Descriptor config;
};

struct Child {
  std::size_t question;
  Reference reference;
  std::string media_type;
};

struct Work {
  std::vector<std::optional<Result<document::Entry>>> answers;
  std::vector<Single> singles;
  std::vector<Child> children;

  void fail_with(std::size_t question, const Error& error) { answers[question].emplace(std::unexpected(error)); }
  document::Entry* entry(std::size_t question) {
    auto& answer = answers[question];
    return answer && *answer ? &**answer : nullptr;
  }
};

void take_index(const FactQuestion& question, std::size_t at, const Manifest& manifest, Work& work) {
  document::Entry entry{question.key, question.digest, manifest.media_type, {}};
  for (const Descriptor& child : manifest.manifests) {
    if (image::is_attestation(child)) continue;
    if (child.platform) {
      entry.platforms.push_back({*child.platform, child.digest});
    } else {
      work.children.push_back({at, question.key.by_digest(child.digest), child.media_type});
    }
  }
  work.answers[at].emplace(std::move(entry));
}

void take_image(std::size_t at, const FactQuestion& question, const Manifest& manifest, Work& work) {
  work.answers[at].emplace(document::Entry{question.key, question.digest, manifest.media_type, {}});
  if (is_image_config(manifest.config->media_type)) work.singles.push_back({at, question.digest, *manifest.config});
}

void take_child(const Child& child, const Manifest& manifest, Work& work) {
  if (manifest.kind == Manifest::Kind::index) {
    work.fail_with(child.question, Error{ErrorKind::unsupported,
                                         "the index lists another index, " + manifest.digest.text(),
                                         {},
                                         "ask the publisher for a flat index",
                                         {}});
  } else if (is_image_config(manifest.config->media_type)) {
    work.singles.push_back({child.question, manifest.digest, *manifest.config});
  }
}

void fetch_manifests(image::Registry& registry, std::span<const FactQuestion> questions, Work& work) {
  std::vector<Reference> asked;
  for (const FactQuestion& one : questions) asked.push_back(one.key.by_digest(one.digest));
  const auto answers = registry.manifests(asked);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i]) {
      work.fail_with(i, answers[i].error());
      continue;
    }
    const auto manifest = image::parse_manifest(answers[i]->bytes, answers[i]->served_type);
    if (!manifest)
      work.fail_with(i, manifest.error());
    else if (manifest->kind == Manifest::Kind::index)
      take_index(questions[i], i, *manifest, work);
    else
      take_image(i, questions[i], *manifest, work);
  }
}

void fetch_children(image::Registry& registry, Work& work) {
  if (work.children.empty()) return;
  std::vector<Reference> asked;
  for (const Child& child : work.children) asked.push_back(child.reference);
  const auto answers = registry.manifests(asked);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const Child& child = work.children[i];
    if (!answers[i]) {
      work.fail_with(child.question, answers[i].error());
      continue;
    }
    const auto manifest = image::parse_manifest(answers[i]->bytes, child.media_type);
    if (!manifest)
      work.fail_with(child.question, manifest.error());
    else
      take_child(child, *manifest, work);
  }
}

void fetch_configs(image::Registry& registry, std::span<const FactQuestion> questions, Work& work) {
  if (work.singles.empty()) return;
  std::vector<Reference> asked;
  for (const Single& one : work.singles) asked.push_back(questions[one.question].key.by_digest(one.config.digest));
  const auto answers = registry.blobs(asked, kMostConfig);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const Single& one = work.singles[i];
    document::Entry* entry = work.entry(one.question);
    if (entry == nullptr) continue;
    const auto platform = answers[i] ? image::parse_config_platform(*answers[i]) : std::unexpected(answers[i].error());
    if (!platform) {
      work.fail_with(one.question, platform.error());
      continue;
    }
    entry->platforms.push_back({*platform, one.digest});
  }
}

}  // namespace

std::vector<Result<document::Entry>> fetch_facts(image::Registry& registry, std::span<const FactQuestion> questions) {
  Work work;
  work.answers.resize(questions.size());
  if (questions.empty()) return {};
  fetch_manifests(registry, questions, work);
  fetch_children(registry, work);
  fetch_configs(registry, questions, work);
  std::vector<Result<document::Entry>> out;
  for (auto& answer : work.answers) {
    if (*answer) document::sort_platforms((*answer)->platforms);
    out.push_back(std::move(*answer));
  }
  return out;
}

}  // namespace lock::ops
