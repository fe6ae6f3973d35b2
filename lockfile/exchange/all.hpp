// The exporters, one file each; exporters.cpp has the table.
#pragma once

#include "lockfile/exchange/exporter.hpp"

namespace lock::exchange {

// BuildKit's source policy, JSON: https://github.com/moby/buildkit/blob/master/docs/build-repro.md. From BuildKit 0.12
// on a rule sees the tag (moby/buildkit#3911).
[[nodiscard]] bool is_of_a_build(const image::Occurrence& occurrence);
[[nodiscard]] Result<Exported> write_buildkit_policy(const Request& request);

// A Compose file to be given after the others with -f. Compose merges `image` by replacing it, but appends hooks.
[[nodiscard]] bool is_of_compose(const image::Occurrence& occurrence);
[[nodiscard]] Result<Exported> write_compose_override(const Request& request);

// A values file to be given after the others. Helm merges mappings and replaces lists.
[[nodiscard]] bool is_of_helm(const image::Occurrence& occurrence);
[[nodiscard]] Result<Exported> write_helm_values(const Request& request);

// A Component with `images`. Kustomize changes `image` in the items of `containers` and `initContainers`, and image
// volumes; the match key is a regular expression (kustomize: api/internal/image/image.go).
[[nodiscard]] bool is_of_manifests(const image::Occurrence& occurrence);
[[nodiscard]] Result<Exported> write_kustomize_component(const Request& request);

}  // namespace lock::exchange
