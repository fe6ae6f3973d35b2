// Azure Pipelines: container resources, and `container`, `services` and step targets of jobs.
//
// A string there is the alias of a container resource first, and an image only where no resource has that name.
// Variables and parameters get the values that the file gives them, a matrix one image an entry. A `localImage` is
// never pulled; a container of type ACR names a registry that only Azure knows in full. Specification: the YAML schema
// reference of Azure Pipelines.
#pragma once

#include "resolver/collect/collector.hpp"

namespace lock::collect {

[[nodiscard]] Claim claim_azure(std::string_view path);
[[nodiscard]] image::Collected collect_azure(const Source& source, const Files& files);

}  // namespace lock::collect
