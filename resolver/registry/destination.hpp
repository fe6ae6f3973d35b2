// Where copies go: a registry prefix (push.hpp) or an image layout on disk (layout_writer.hpp). The copier decides what
// is written and in which order (a blob before the manifest that names it, a child before its index); a destination
// knows how. Repositories and references are those of the source; where they lie at the far side is its own business.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "resolver/image/registry.hpp"
#include "resolver/registry/spool.hpp"
#include "resolver/registry/task.hpp"

namespace lock::registry {

class Destination {
 public:
  Destination() = default;
  Destination(const Destination&) = delete;
  Destination& operator=(const Destination&) = delete;
  virtual ~Destination() = default;

  // Fills a spool with the blob, or says why not.
  using Fetch = std::function<Task<Result<bool>>(Spool& spool)>;
  enum class BlobPut : std::uint8_t { sent, mounted };

  // Two repositories with the same place share their blobs there.
  [[nodiscard]] virtual std::string place_of(const image::Repository& repository) const = 0;
  [[nodiscard]] virtual std::string name_of(const image::Reference& reference) const = 0;
  [[nodiscard]] virtual std::string name_of_registry(const std::string& registry) const = 0;

  // Whether the blob is there, whole as far as can be seen without fetching it.
  [[nodiscard]] virtual Task<Result<bool>> has_blob(image::Repository repository, image::Descriptor blob) = 0;
  // `elsewhere`: repositories that are known to hold it at the far side.
  [[nodiscard]] virtual Task<Result<BlobPut>> put_blob(image::Repository repository, image::Descriptor blob,
                                                       std::vector<image::Repository> elsewhere, Fetch fetch) = 0;

  // By digest; with a tag, also that the tag names this digest.
  [[nodiscard]] virtual Task<Result<bool>> has_manifest(image::Reference reference) = 0;
  [[nodiscard]] virtual Task<Result<bool>> put_manifest(image::Reference reference, image::VerifiedBytes bytes,
                                                        std::string media_type) = 0;
  // Reads it back and hashes it.
  [[nodiscard]] virtual Task<Result<bool>> check_manifest(image::Reference reference) = 0;
  // Sees to it that whoever asks there for the referrers of the subject is told of these.
  [[nodiscard]] virtual Task<Result<bool>> link_referrers(image::Reference subject,
                                                          std::vector<image::Descriptor> referrers) = 0;

  // After everything was put. Then `check_tag` says that a reference's tag, if it has one, names its digest there.
  [[nodiscard]] virtual Result<void> finish() = 0;
  [[nodiscard]] virtual Task<Result<bool>> check_tag(image::Reference reference) = 0;
};

}  // namespace lock::registry
