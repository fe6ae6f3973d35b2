// One spelling for one repository. `ghcr.io:443/acme/app` and `ghcr.io/acme/app` are the same bytes at the same server,
// and Docker Hub answers under several names: what images.toml and images.lock ask of a repository must hold under each
// of them. The lock keeps the spelling of the source, since that is what a runtime compares.
#pragma once

#include "resolver/image/reference.hpp"

namespace lock::policy {

[[nodiscard]] image::Repository one_spelling(const image::Repository& repository);

}  // namespace lock::policy
