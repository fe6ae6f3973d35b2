// Helm charts: values, the annotations and the OCI dependencies of Chart.yaml. Templates are read as manifests.
//
// In values any key that ends in "image" (in any letter case) holds a reference: a string is a whole one, a mapping has
// registry, repository, tag or version, and digest. Where a mapping names no registry there is none: a chart fills it
// in, not always with Docker Hub's name, and so does `global.imageRegistry`. A tag that is missing is the chart's
// appVersion where its templates or the comments of its values say so; otherwise only rendering shows it.
// The annotations `images` and `artifacthub.io/images` are YAML in a string. Dependencies from OCI registries are
// artifacts; a range of versions has no value in the tree (Chart.lock has).
#pragma once

#include "resolver/collect/collector.hpp"

namespace lock::collect {

[[nodiscard]] Claim claim_helm(std::string_view path);
[[nodiscard]] image::Collected collect_helm(const Source& source, const Files& files);

// The values of a chart that stand in another document: HelmRelease, an Argo CD Application.
void collect_helm_values(const Tree& tree, const Node& values, std::string_view format, const std::string& path,
                         const std::string& object, std::string_view default_tag, image::Collected& out);

}  // namespace lock::collect
