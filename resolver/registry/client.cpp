#include "resolver/registry/client.hpp"

#include "resolver/registry/copier.hpp"
#include "resolver/registry/layout_writer.hpp"
#include "resolver/registry/push.hpp"
#include "resolver/registry/router.hpp"
#include "resolver/registry/wave.hpp"

namespace lock::registry {

std::vector<std::size_t> interleave_registries(std::span<const image::Reference> references) {
  std::map<std::string, std::vector<std::size_t>> by_registry;
  for (std::size_t i = 0; i < references.size(); ++i) {
    by_registry[references[i].repository().registry].push_back(i);
  }
  std::vector<std::size_t> order;
  order.reserve(references.size());
  for (std::size_t turn = 0; order.size() < references.size(); ++turn) {
    for (const auto& [registry, questions] : by_registry) {
      if (turn < questions.size()) order.push_back(questions[turn]);
    }
  }
  return order;
}

Client::Client(RegistryConfiguration configuration)
    : configuration_(std::move(configuration)), router_(std::make_unique<Router>(configuration_)) {}

Client::~Client() = default;

Statistics Client::statistics() const { return router_->statistics(); }

std::vector<Result<image::Resolution>> Client::resolve(std::span<const image::Reference> tags) {
  return run_wave<image::Resolution>(router_->loop(), tags, configuration_.questions_at_once,
                                     [this](const image::Reference& tag) { return router_->resolve(tag); });
}

std::vector<Result<image::ManifestContent>> Client::manifests(std::span<const image::Reference> digests) {
  return run_wave<image::ManifestContent>(router_->loop(), digests, configuration_.questions_at_once,
                                          [this](const image::Reference& digest) { return router_->manifest(digest); });
}

std::vector<Result<image::VerifiedBytes>> Client::blobs(std::span<const image::Reference> digests, std::size_t most) {
  return run_wave<image::VerifiedBytes>(
      router_->loop(), digests, configuration_.questions_at_once,
      [this, most](const image::Reference& digest) { return router_->blob(digest, most); });
}

std::vector<Result<image::Presence>> Client::presence(std::span<const image::Reference> digests) {
  return run_wave<image::Presence>(router_->loop(), digests, configuration_.questions_at_once,
                                   [this](const image::Reference& digest) { return router_->presence(digest); });
}

std::vector<Result<image::Referrers>> Client::referrers(std::span<const image::Reference> subjects) {
  return run_wave<image::Referrers>(router_->loop(), subjects, configuration_.questions_at_once,
                                    [this](const image::Reference& subject) { return router_->referrers(subject); });
}

void Client::remember(const image::Reference& subject, std::span<const image::Attachment> listed) {
  if (!configuration_.offline) router_->cache().keep_listing(subject, listed);
}

std::vector<image::Attachment> Client::recall(const image::Reference& subject) {
  if (!configuration_.offline) return {};
  return router_->cache().find_listing(subject);
}

Result<std::unique_ptr<image::Copier>> Client::copy_to_layout(const std::filesystem::path& folder,
                                                              image::CopyWatch watch) {
  auto writer = LayoutWriter::open(folder);
  if (!writer) return std::unexpected(writer.error());
  return std::make_unique<ImageCopier>(*router_, std::move(*writer), std::move(watch));
}

Result<std::unique_ptr<image::Copier>> Client::copy_to_registry(const std::string& host, std::string prefix,
                                                                image::CopyWatch watch) {
  auto remote = router_->make_destination(host);
  if (!remote) return std::unexpected(remote.error());
  PushSettings settings;
  settings.prefix = std::move(prefix);
  settings.chunk = configuration_.upload_chunk;
  settings.prefixes = mirror_prefixes(configuration_, host, settings.prefix);
  auto folders = prepare_folders(configuration_.cache, settings);
  if (!folders) return std::unexpected(folders.error());
  return std::make_unique<ImageCopier>(*router_, std::make_unique<Push>(std::move(*remote), std::move(settings)),
                                       std::move(watch));
}

}  // namespace lock::registry
