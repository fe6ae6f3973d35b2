// Tekton: images of steps, sidecars, `stepTemplate` and StepActions, also in inline specs and trigger templates.
//
// `$(params.x)` gets the value that the same document passes, else the parameter's default; what another document
// passes cannot be known. Parameters that no image field reads are no images, whatever they are called; bundles are
// artifacts of another kind and not read. Specification: the Tekton Pipelines documentation, "Tasks", "Variable
// substitutions".
#pragma once

#include "resolver/collect/collector.hpp"

namespace lock::collect {

[[nodiscard]] Claim claim_tekton(std::string_view path);
[[nodiscard]] image::Collected collect_tekton(const Source& source, const Files& files);

}  // namespace lock::collect
