// `lock explain IMAGE`: which rules of images.toml decide about an image, and where they stand.
#pragma once

#include <string>
#include <vector>

#include "lockfile/ops/workspace.hpp"
#include "resolver/image/reference.hpp"

namespace lock::ops {

struct DecidingRule {
  std::string subject;  // "[[rule]]" or "[[first-party]]"
  Place place;
  std::string demand;               // who must have signed, "acme-release" or "2 of a, b and c"; empty for first-party
  std::vector<std::string> scopes;  // folders in which it holds, sorted; "" is the root
};

// Outer files first, by line; each rule once, however many scopes it holds in.
[[nodiscard]] std::vector<DecidingRule> explain(const Workspace& workspace, const image::Reference& image);

}  // namespace lock::ops
