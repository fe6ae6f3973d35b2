// What the arguments of a command choose among the places of the tree: images, files, folders.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lockfile/ops/open.hpp"
#include "lockfile/ops/scan.hpp"
#include "lockfile/ops/selection.hpp"
#include "resolver/base/error.hpp"

namespace lock::ops {

class Targets {
 public:
  // A word that begins with '.' or '/', ends with '/', or names what is on disk is a path relative to `start`; any
  // other is an image. Errors (`usage`): an image that no place names, a path without a place, a word that is both.
  [[nodiscard]] static Result<Targets> make(const Opened& opened, const Scan& scan, const std::filesystem::path& start,
                                            const std::vector<std::string>& words);

  [[nodiscard]] bool names_images() const { return names_images_; }
  [[nodiscard]] bool has(const image::Occurrence& occurrence) const;

 private:
  Selection images_;
  bool names_images_ = false;
  std::vector<std::string> paths_;  // relative to the root; empty: everywhere
};

}  // namespace lock::ops
