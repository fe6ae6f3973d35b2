// Job files of Prow: YAML with `presubmits`, `postsubmits` or `periodics`, whose jobs have the specification of a pod.
//
// Read is what a pod spec says (kubernetes.hpp). Never: images of `decoration_config`, and jobs whose pods another
// system makes (`pipeline_run_spec`). Specification: Prow's documentation of jobs.
#pragma once

#include "resolver/collect/collector.hpp"

namespace lock::collect {

[[nodiscard]] Claim claim_prow(std::string_view path);
[[nodiscard]] image::Collected collect_prow(const Source& source, const Files& files);

}  // namespace lock::collect
