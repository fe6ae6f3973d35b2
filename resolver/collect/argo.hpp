// Argo Workflows and Argo CD.
//
// Workflows: `container`, `script`, `containerSet`, `sidecars` and `initContainers` of templates; `{{inputs…}}` is
// unresolved. Argo CD: `kustomize.images` of Applications and of .argocd-source.yaml, `old=new:tag` or `new:tag`; a new
// name without tag keeps the tag of the base, which is not known here. Helm values of Applications, as object, string
// or parameters, are read as a chart's. Charts and OCI sources are artifacts, not read. Specifications: the field
// reference of Argo Workflows, the Argo CD user guide on Kustomize.
#pragma once

#include "resolver/collect/collector.hpp"

namespace lock::collect {

[[nodiscard]] Claim claim_argo(std::string_view path);
[[nodiscard]] image::Collected collect_argo(const Source& source, const Files& files);

}  // namespace lock::collect
