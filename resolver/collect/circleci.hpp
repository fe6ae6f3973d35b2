// CircleCI: `docker[].image` of jobs, executors and inline orbs, with the defaults of `<< parameters.x >>`.
//
// `machine.image` is a virtual machine, no container image. What an orb from outside, or whoever starts a pipeline,
// passes cannot be known. Specification: the CircleCI configuration reference.
#pragma once

#include "resolver/collect/collector.hpp"

namespace lock::collect {

[[nodiscard]] Claim claim_circleci(std::string_view path);
[[nodiscard]] image::Collected collect_circleci(const Source& source, const Files& files);

}  // namespace lock::collect
