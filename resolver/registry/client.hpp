// The registry client that the rest of the program sees: image::Registry over layouts, mirrors, registries and the
// cache, chosen per registry by the configuration. One wave of questions is one call; inside it every question is a
// task of its own, so that one repository may be asking for its token while another already has its answer.
#pragma once

#include <memory>

#include "resolver/image/copier.hpp"
#include "resolver/image/registry.hpp"
#include "resolver/registry/configuration.hpp"
#include "resolver/registry/statistics.hpp"

namespace lock::registry {

class Client final : public image::Registry {
 public:
  explicit Client(RegistryConfiguration configuration);
  ~Client() override;

  [[nodiscard]] std::vector<Result<image::Resolution>> resolve(std::span<const image::Reference> tags) override;
  [[nodiscard]] std::vector<Result<image::ManifestContent>> manifests(
      std::span<const image::Reference> digests) override;
  [[nodiscard]] std::vector<Result<image::VerifiedBytes>> blobs(std::span<const image::Reference> digests,
                                                                std::size_t most) override;
  [[nodiscard]] std::vector<Result<image::Presence>> presence(std::span<const image::Reference> digests) override;
  [[nodiscard]] std::vector<Result<image::Referrers>> referrers(std::span<const image::Reference> subjects) override;

  void remember(const image::Reference& subject, std::span<const image::Attachment> listed) override;
  [[nodiscard]] std::vector<image::Attachment> recall(const image::Reference& subject) override;

  // Of the waves so far.
  [[nodiscard]] Statistics statistics() const;

  // Copies from here to another place. The client must outlive it. `destination` is a folder (an OCI image layout, made
  // when it does not exist) or a registry, with a path in front of the repositories. Errors: `usage` for a folder that
  // holds something else.
  [[nodiscard]] Result<std::unique_ptr<image::Copier>> copy_to_layout(const std::filesystem::path& folder,
                                                                      image::CopyWatch watch);
  [[nodiscard]] Result<std::unique_ptr<image::Copier>> copy_to_registry(const std::string& host, std::string prefix,
                                                                        image::CopyWatch watch);

  class Router;  // of this folder only

 private:
  RegistryConfiguration configuration_;
  std::unique_ptr<Router> router_;
};

}  // namespace lock::registry
