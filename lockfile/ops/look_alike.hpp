// Registries whose name is one slip away from a known one: ghrc.io is not ghcr.io, and somebody has registered it (it
// spoke the registry API and asked for tokens in August 2025). Such a name is said; no rule of images.toml is needed
// for that.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lockfile/ops/scan.hpp"
#include "lockfile/ops/workspace.hpp"

namespace lock::ops {

// The known registry that `registry` is most likely a slip of: one letter added, left out, changed, or exchanged with
// its neighbour. Nothing for a known name itself, for names of the known clouds, for addresses, and where only a digit
// differs (registry-1 and registry-2 are two registries). `configured` are the names of images.toml, known as well.
[[nodiscard]] std::optional<std::string> look_alike(std::string_view registry,
                                                    const std::vector<std::string>& configured);

// One warning for each such registry and scope, at the first place that names it. Occurrences are sorted.
void report_look_alikes(const Workspace& workspace, const std::vector<ScopeScan>& scopes,
                        std::vector<image::Finding>& findings);

}  // namespace lock::ops
