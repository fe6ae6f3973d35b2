// The envelope of Kubernetes Resource Model functions (config.kubernetes.io, kind ResourceList): what Kustomize and kpt
// put on a function's standard input and want back with `results`. Follows the KRM Functions Specification v1.
#pragma once

#include <vector>

#include "lockfile/ops/apply.hpp"
#include "resolver/base/bytes.hpp"
#include "resolver/base/error.hpp"

namespace lock::ops {

// One document of that kind and group. Cheap for other texts.
[[nodiscard]] bool is_resource_list(const RenderedText& text);

// `text` with one result for each place that was written and each finding, before the results that are there. The other
// bytes stay. Errors: `unsupported`, when they cannot be put in without touching anything else.
[[nodiscard]] Result<Bytes> with_results(const RenderedText& text, const std::vector<AppliedPlace>& changed,
                                         const std::vector<image::Finding>& findings,
                                         const std::vector<image::Undetermined>& undetermined);

}  // namespace lock::ops
