// Text that a renderer made, and the images in it: what `verify --rendered`, `apply` and `update --rendered` begin
// with.
//
// Nothing is ignored in it, whatever its comments say. Artifacts are left out: no cluster starts them.
#pragma once

#include <string>
#include <vector>

#include "lockfile/ops/workspace.hpp"
#include "resolver/base/bytes.hpp"
#include "resolver/base/error.hpp"
#include "resolver/image/finding.hpp"
#include "resolver/image/occurrence.hpp"

namespace lock::ops {

struct RenderedText {
  std::string name;  // for messages: a path, or "standard input"
  Bytes bytes;
};

// The name under which collectors read it: they go by names, and what is rendered has none of its own, so it gets one
// that lets the contents decide.
[[nodiscard]] std::string rendered_source_name(const std::string& name);

struct RenderedImages {
  std::vector<image::Occurrence> occurrences;     // in the order of the texts; `file` is the text's name
  std::vector<image::Finding> findings;           // judged by the first scope
  std::vector<image::Undetermined> undetermined;  // text that cannot be parsed: what else it names is not known
};

// Errors: `usage` when there is no text at all, or nothing in it that a renderer makes: neither an image nor an object.
[[nodiscard]] Result<RenderedImages> read_rendered_images(const Workspace& workspace,
                                                          const std::vector<RenderedText>& texts);

// An occurrence that names no image because it still holds a variable: `unpinned-image`, not judged.
[[nodiscard]] image::Finding unrendered(const image::Occurrence& occurrence);

}  // namespace lock::ops
