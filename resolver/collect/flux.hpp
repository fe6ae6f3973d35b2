// Flux: `values` of a HelmRelease, read as a chart's, and the `images` of Kustomizations and post-renderers.
//
// An ImageRepository says what is scanned for tags and not what runs. An OCIRepository is an artifact. Values from
// ConfigMaps and Secrets cannot be known. Specification: the Flux API reference.
#pragma once

#include "resolver/collect/collector.hpp"

namespace lock::collect {

[[nodiscard]] Claim claim_flux(std::string_view path);
[[nodiscard]] image::Collected collect_flux(const Source& source, const Files& files);

}  // namespace lock::collect
