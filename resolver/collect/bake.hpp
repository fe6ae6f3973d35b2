// docker buildx bake, HCL and JSON: named contexts that are images, Dockerfiles inside the file, and what `args` put
// into the Dockerfile of a target.
//
// `tags` and caches are what a build makes. Variables get their defaults; inheritance, matrix and functions are not
// followed, so a value that needs them is unresolved or left to the Dockerfile's own row.
// Specification: "Bake file reference" of Docker's documentation.
#pragma once

#include "resolver/collect/collector.hpp"

namespace lock::collect {

[[nodiscard]] Claim claim_bake(std::string_view path);
[[nodiscard]] image::Collected collect_bake(const Source& source, const Files& files);

}  // namespace lock::collect
