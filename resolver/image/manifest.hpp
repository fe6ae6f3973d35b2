// Descriptors, image manifests and image indexes: opencontainers/image-spec v1.1 descriptor.md, manifest.md,
// image-index.md, and the Docker schema 2 types of the same shape. Schema 1 is refused, and so is a document that is
// index and manifest at once (CVE-2021-41190) or whose mediaType is not the one it was served or described as.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/image/digest.hpp"
#include "resolver/image/platform.hpp"
#include "resolver/image/verified.hpp"

namespace lock::image {

namespace media_type {
inline constexpr std::string_view oci_index = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view oci_manifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view docker_list = "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr std::string_view docker_manifest = "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view oci_empty = "application/vnd.oci.empty.v1+json";

[[nodiscard]] bool is_index(std::string_view type);  // one of OCI's and Docker's
[[nodiscard]] bool is_image(std::string_view type);  // the same
}  // namespace media_type

struct Descriptor {
  std::string media_type;
  Digest digest;
  std::uint64_t size = 0;
  std::optional<Platform> platform;
  std::string artifact_type;
  std::map<std::string, std::string> annotations;
};

struct Manifest {
  enum class Kind : std::uint8_t { index, image };
  Kind kind;
  std::string media_type;
  std::string artifact_type;
  Digest digest;                      // of the bytes it was read from
  std::uint64_t size = 0;             // of those bytes
  std::vector<Descriptor> manifests;  // index: at most 1,000
  std::optional<Descriptor> config;   // image
  std::vector<Descriptor> layers;     // image
  std::optional<Descriptor> subject;
  std::map<std::string, std::string> annotations;
};

// `served_type` is the Content-Type or the descriptor's media type, empty when there was none; parameters are cut.
[[nodiscard]] Result<Manifest> parse_manifest(const VerifiedBytes& bytes, std::string_view served_type);

// The platform of a single-platform image, from its config blob. A config without os and architecture (an artifact)
// is ErrorKind::unsupported.
[[nodiscard]] Result<Platform> parse_config_platform(const VerifiedBytes& config);

// Whether a child of an index is BuildKit's attestation manifest and so no platform.
[[nodiscard]] bool is_attestation(const Descriptor& child);

}  // namespace lock::image
