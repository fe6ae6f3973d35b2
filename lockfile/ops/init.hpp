// `lock init`: a starting images.toml that fits the tree. What the tree says is written as rules; what only a person
// can know stands there as comments, ready to be uncommented.
#pragma once

#include <string>

#include "lockfile/ops/scan.hpp"
#include "lockfile/ops/workspace.hpp"
#include "resolver/base/error.hpp"

namespace lock::ops {

struct InitResult {
  std::string file;  // "images.toml"
  std::string text;
};

// The text alone. Lines that begin with `#` and no blank are settings to uncomment; `# ` begins prose.
[[nodiscard]] std::string starting_settings(const Scan& scan);

// Writes it at the root. Errors: `usage` when there is an images.toml already; `io`.
[[nodiscard]] Result<InitResult> init(const Workspace& workspace, const Scan& scan);

}  // namespace lock::ops
