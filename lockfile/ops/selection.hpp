// Which images a command line names: canonical or familiar references, or globs over canonical names.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/image/reference.hpp"

namespace lock::ops {

class Selection {
 public:
  Selection() = default;  // nothing
  // Errors: `usage`, for a text that is neither a reference nor a glob.
  [[nodiscard]] static Result<Selection> make(std::span<const std::string> images, bool all);

  // A reference without a tag names every tag of its repository, one without a digest every digest of its tag.
  [[nodiscard]] bool has(const image::Reference& reference) const;
  [[nodiscard]] bool empty() const { return !all_ && wanted_.empty(); }

  // Errors: `usage`, when an image that was named is none of `known`.
  [[nodiscard]] Result<void> require_known(std::span<const image::Reference> known) const;

 private:
  struct Wanted {
    std::string written;
    bool glob = false;
    std::string repository;
    std::optional<std::string> tag;
    std::optional<image::Digest> digest;
    [[nodiscard]] bool names(const image::Reference& reference) const;
  };
  bool all_ = false;
  std::vector<Wanted> wanted_;
};

}  // namespace lock::ops
