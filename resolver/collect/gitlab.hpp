// GitLab CI: `image` and `services` at the top, in `default` and in jobs, hidden ones too.
//
// Variables get their values from `variables` of the job, of what it extends, of the file and of the pipeline that
// includes it, and from the defaults of `spec: inputs`; what a project, a group or a run sets cannot be known. The name
// behind the dependency proxy's prefix is the image. `!reference` and aliases are read where they point, with the
// variables of who points. Files that `.gitlab-ci.yml` includes from this repository are read under any name, and so is
// anything with jobs in it. Jobs that extend one of another file do not lend it their variables. Specification:
// GitLab's CI/CD YAML syntax reference.
#pragma once

#include "resolver/collect/collector.hpp"

namespace lock::collect {

[[nodiscard]] Claim claim_gitlab(std::string_view path);
[[nodiscard]] image::Collected collect_gitlab(const Source& source, const Files& files);

}  // namespace lock::collect
