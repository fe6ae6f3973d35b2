// `lock verify --rendered`: what is about to be deployed, against the locks. No socket, no tree, no clock but for
// exceptions.
//
// In rendered manifests nothing is unresolved and nothing is ignored: every image carries a digest; with a tag written
// it is the digest of that tag's entry, else any of the repository. The digest of one platform of a locked index
// counts, with a note. The prefix of a configured mirror stands for its registry.
#pragma once

#include <string>
#include <vector>

#include "lockfile/ops/verify.hpp"
#include "resolver/base/bytes.hpp"

namespace lock::ops {

struct RenderedText {
  std::string name;  // for messages: a path, or "standard input"
  Bytes bytes;
};

// The name under which collectors read it: they go by names, and what is rendered has none of its own, so it gets one
// that lets the contents decide.
[[nodiscard]] std::string rendered_source_name(const std::string& name);

// Checks: unpinned-image, image-not-locked, digest-differs, platform-digest, possible-image, and those of a broken
// lock. Text that cannot be parsed is undetermined. Errors: `usage` when there is no text at all; a lock that is
// missing or cannot be read.
[[nodiscard]] Result<Verification> verify_rendered(const Workspace& workspace, const std::vector<RenderedText>& texts);

}  // namespace lock::ops
