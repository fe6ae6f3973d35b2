// Bitbucket Pipelines: `image` of the file, of steps and of service definitions, as string or with `name`, and
// `pipe: docker://`; `pipe: owner/name:1` is no image name. Variables of a repository, a deployment or a run cannot be
// known. Specification: the bitbucket-pipelines.yml reference.
#pragma once

#include "resolver/collect/collector.hpp"

namespace lock::collect {

[[nodiscard]] Claim claim_bitbucket(std::string_view path);
[[nodiscard]] image::Collected collect_bitbucket(const Source& source, const Files& files);

}  // namespace lock::collect
