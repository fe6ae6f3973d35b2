#include <array>

#include "lockfile/exchange/all.hpp"

namespace lock::exchange {

std::span<const Exporter> exporters() {
  static constexpr std::array table = {
      Exporter{"buildkit-policy", "source policy: builds use the locked base images", is_of_a_build,
               write_buildkit_policy},
      Exporter{"compose", "override file: services use the locked images", is_of_compose, write_compose_override},
      Exporter{"helm-values", "values file: a chart uses the locked images", is_of_helm, write_helm_values, true},
      Exporter{"kustomize", "component: manifests get the locked digests", is_of_manifests, write_kustomize_component,
               true},
  };
  return table;
}

}  // namespace lock::exchange
