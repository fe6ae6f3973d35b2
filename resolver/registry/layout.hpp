// An OCI image layout on disk, a folder or an archive, that stands in for a registry (image-spec v1.1,
// image-layout.md): `oci-layout`, `index.json` and `blobs/<algorithm>/<hex>`. Entries of index.json are named by full
// reference, in the annotation io.containerd.image.name or org.opencontainers.image.ref.name, so that one folder holds
// several repositories.
//
// Everything is hashed when it is read, and a file that is not what its name says is ErrorKind::mismatch. Names that
// are no full reference (skopeo writes a bare tag where none is given) are kept aside and named when a tag is missing.
// Read once; not thread-safe.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "resolver/image/registry.hpp"
#include "resolver/registry/layout_files.hpp"
#include "resolver/registry/spool.hpp"

namespace lock::registry {

// What index.json says: descriptors by the canonical reference with tag that they are named by, and all of them.
struct LayoutIndex {
  std::map<std::string, image::Descriptor> named;
  std::vector<image::Descriptor> entries;
  std::vector<std::string> unusable_names;
};
// `name` is the file's name for errors. ErrorKind::configuration: a layout that cannot be used is a setting to mend.
[[nodiscard]] Result<LayoutIndex> parse_layout_index(std::string_view text, std::string_view name);

// Whether a file is there and is what the digest says.
[[nodiscard]] bool file_holds(const std::filesystem::path& path, const image::Digest& digest, std::uint64_t size);

class Layout {
 public:
  // A folder, or a tar archive of one: `docker save` since Docker 25, `podman save --format oci-archive`, skopeo's
  // oci-archive, buildx's `type=oci`. Archives of the older kind hold no manifests and are refused. `name` is what
  // messages call it: its path as the settings write it.
  [[nodiscard]] static Result<Layout> open(const std::filesystem::path& path, std::string name);

  [[nodiscard]] Result<image::Resolution> resolve(const image::Reference& reference) const;
  [[nodiscard]] Result<image::ManifestContent> manifest(const image::Reference& reference) const;
  [[nodiscard]] Result<image::VerifiedBytes> blob(const image::Reference& reference, std::size_t most) const;
  [[nodiscard]] Result<bool> blob_to(const image::Reference& reference, std::uint64_t size, Spool& spool) const;
  [[nodiscard]] Result<bool> exists(const image::Reference& reference) const;
  [[nodiscard]] Result<image::Referrers> referrers(const image::Reference& subject);

 private:
  Layout(LayoutFiles files, LayoutIndex index) : files_(std::move(files)), index_(std::move(index)) {}
  [[nodiscard]] std::unexpected<Error> not_held(const image::Digest& digest) const;
  [[nodiscard]] Result<image::VerifiedBytes> read(const image::Digest& digest, std::size_t most) const;
  [[nodiscard]] Result<bool> find_subjects();

  LayoutFiles files_;
  LayoutIndex index_;
  std::optional<std::map<image::Digest, std::vector<image::Descriptor>>> by_subject_;
};

}  // namespace lock::registry
