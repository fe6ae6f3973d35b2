// Woodpecker, Crow, Vela and Drone: containers of steps, services and clones.
//
// Woodpecker and Crow: `steps` (once `pipeline`), `services`, `clone`, each a map or a list; `image: dummy` belongs to
// Woodpecker's own tests. Vela: also `stages.*.steps` and `secrets[].origin`. Drone: documents of kind pipeline whose
// type runs containers; exec and ssh pipelines have none. Values of a matrix and secrets cannot be known.
// Specifications: the workflow references of these projects.
#pragma once

#include "resolver/collect/collector.hpp"

namespace lock::collect {

[[nodiscard]] Claim claim_woodpecker(std::string_view path);
[[nodiscard]] image::Collected collect_woodpecker(const Source& source, const Files& files);

}  // namespace lock::collect
