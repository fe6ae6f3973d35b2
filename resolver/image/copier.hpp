// Copying images to another place, as seen by everything above: the one writer beside the reader of registry.hpp.
// Implementations live in resolver/registry/; only cli/assemble.cpp chooses one.
//
// A copy is whole: the index and the manifest of every platform, configs and layers, everything that the referrers API
// or its fallback tag lists for any of them (and for those in turn), and cosign's `.sig`, `.att` and `.sbom` tags. The
// bytes stay as they are, and so do the digests. Nothing is written that was not hashed here, what is there already is
// not sent again, and all of it was read back at the far side before an image counts as copied.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/image/reference.hpp"

namespace lock::image {

struct CopyCounts {
  std::size_t images = 0;           // done, well or not
  std::size_t manifests = 0;        // written
  std::size_t manifests_there = 0;  // were there before
  std::size_t blobs = 0;            // sent
  std::size_t blobs_mounted = 0;    // taken from another repository at the far side
  std::size_t blobs_there = 0;
  std::uint64_t bytes = 0;  // of the blobs that were sent
};

// Called whenever the counts change, from the thread that copies.
using CopyWatch = std::function<void(const CopyCounts& counts)>;

struct Copied {
  std::string name;          // at the far side: "mirror.example.com/backup/docker.io/library/nginx:1.27"
  std::size_t attached = 0;  // referrers and signature tags, of all its manifests
  // What belongs to the image and could not be copied, or not be determined. With any of it the copy is not whole.
  std::vector<Error> missing;
};

class Copier {
 public:
  Copier() = default;
  Copier(const Copier&) = delete;
  Copier& operator=(const Copier&) = delete;
  virtual ~Copier() = default;

  // Each reference has a digest; a tag names it at the far side. Answers stand in the order of the questions. An Error:
  // the image itself could not be copied.
  [[nodiscard]] virtual std::vector<Result<Copied>> copy(std::span<const Reference> images) = 0;

  // How the far side calls a registry's images: "mirror.example.com/backup/docker.io"; a folder for a layout.
  [[nodiscard]] virtual std::string name_of(const std::string& registry) const = 0;

  [[nodiscard]] virtual CopyCounts counts() const = 0;
};

}  // namespace lock::image
