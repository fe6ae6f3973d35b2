// What went into a build, as SLSA provenance names it: a URI and digests. Whether that is a container image is read
// from the URI: package URLs (package-url/purl-spec, types `docker` and `oci`, in BuildKit's and in the specification's
// own spelling) and the `oci://` of Tekton Chains. Everything else (a git repository, a download) is no image.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "resolver/base/error.hpp"
#include "resolver/image/reference.hpp"
#include "resolver/trust/in_toto/statement.hpp"

namespace lock::trust::in_toto {

struct Material {
  std::string uri;
  DigestSet digests;
  // An image; its digest is that of the digest set, or of the URI when the set has none that images have.
  std::optional<image::Reference> image;
  std::string image_problem;  // the URI names an image and cannot be read: what is wrong; then `image` is empty
};

// The image that a material is. Nothing: it is none. A reference without a digest is one whose digest nobody stated; a
// tag that nobody wrote is not made up when there is a digest. Errors, all ErrorKind::malformed: no reference, or
// digests that contradict each other.
[[nodiscard]] Result<std::optional<image::Reference>> image_of(std::string_view uri, const DigestSet& digests);

}  // namespace lock::trust::in_toto
