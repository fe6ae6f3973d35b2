// Google Cloud Build: the images of `steps[].name`, with the defaults of `substitutions`.
//
// `images` and `artifacts` are what a build makes, not what it pulls. Built-in substitutions ($PROJECT_ID, …) and what
// a trigger passes cannot be known. Specification: "Build configuration file schema", "Substituting variable values".
#pragma once

#include "resolver/collect/collector.hpp"

namespace lock::collect {

[[nodiscard]] Claim claim_cloud_build(std::string_view path);
[[nodiscard]] image::Collected collect_cloud_build(const Source& source, const Files& files);

}  // namespace lock::collect
