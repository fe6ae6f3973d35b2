// The registry client that the rest of the program sees: image::Registry over layouts, mirrors, registries and the
// cache, chosen per registry by the configuration. One wave of questions is one call; inside it every question is a
// task of its own, so that one repository may be asking for its token while another already has its answer.
#pragma once

#include <memory>

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

  // Of the waves so far.
  [[nodiscard]] Statistics statistics() const;

 private:
  class Router;
  RegistryConfiguration configuration_;
  std::unique_ptr<Router> router_;
};

}  // namespace lock::registry
