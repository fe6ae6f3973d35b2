// devcontainer.json: `image`, and what `build.args` put into the Dockerfile that `build` names.
//
// JSON with comments. Features are artifacts with a lock file of their own, `cacheFrom` is no base, and the
// Dockerfile and Compose files that it names are read by their own collectors, under names that say nothing too.
// `${localEnv:X}` is unresolved. Specification: containers.dev, "Dev Container metadata reference".
#pragma once

#include "resolver/collect/collector.hpp"

namespace lock::collect {

[[nodiscard]] Claim claim_devcontainer(std::string_view path);
[[nodiscard]] image::Collected collect_devcontainer(const Source& source, const Files& files);

}  // namespace lock::collect
