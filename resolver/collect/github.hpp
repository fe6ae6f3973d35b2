// GitHub Actions: workflows and the metadata of actions, in any folder.
//
// Declared: `container`, `services.*.image`, `uses: docker://`, `runs.image: docker://`. Guessed: inputs (`with`) and
// environment values named like an image, lists of a matrix, and words of `run` scripts and block strings that have
// registry, path and tag; not what a command or an action builds, tags or pushes. Expressions get their values from
// `env`, the jobs that the matrix makes (one occurrence an image) and defaults of inputs in the same file; any other is
// unresolved. Specification: GitHub's workflow syntax and metadata syntax.
#pragma once

#include "resolver/collect/collector.hpp"

namespace lock::collect {

[[nodiscard]] Claim claim_github(std::string_view path);
[[nodiscard]] image::Collected collect_github(const Source& source, const Files& files);

}  // namespace lock::collect
