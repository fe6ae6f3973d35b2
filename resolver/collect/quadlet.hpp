// Podman's Quadlet: `Image=` of .container, .image and .volume units.
//
// A name that ends in .image or .build names another unit. `docker://` is only said; `oci:`, `dir:`, `docker-archive:`
// and `containers-storage:` are no registries. systemd's specifiers (%i) are unresolved. The Containerfile of a .build
// unit (`File=`) and the YAML of a .kube unit (`Yaml=`) are read by their own collectors, under names that say nothing
// too. Specification: podman-systemd.unit(5).
#pragma once

#include "resolver/collect/collector.hpp"

namespace lock::collect {

[[nodiscard]] Claim claim_quadlet(std::string_view path);
[[nodiscard]] image::Collected collect_quadlet(const Source& source, const Files& files);

}  // namespace lock::collect
