// An OCI image layout on disk that stands in for a registry (image-spec v1.1, image-layout.md): `oci-layout`,
// `index.json` and `blobs/<algorithm>/<hex>`. Entries of index.json are named by full reference, in the annotation
// io.containerd.image.name or org.opencontainers.image.ref.name, so that one folder holds several repositories.
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

namespace lock::registry {

// What index.json says: descriptors by the canonical reference with tag that they are named by, and all of them.
struct LayoutIndex {
  std::map<std::string, image::Descriptor> named;
  std::vector<image::Descriptor> entries;
  std::vector<std::string> unusable_names;
};
// `name` is the file's name for errors. ErrorKind::configuration: a layout that cannot be used is a setting to mend.
[[nodiscard]] Result<LayoutIndex> parse_layout_index(std::string_view text, std::string_view name);

class Layout {
 public:
  // `name` is what messages call the folder: its path as the settings write it.
  [[nodiscard]] static Result<Layout> open(const std::filesystem::path& folder, std::string name);

  [[nodiscard]] Result<image::Resolution> resolve(const image::Reference& reference) const;
  [[nodiscard]] Result<image::ManifestContent> manifest(const image::Reference& reference) const;
  [[nodiscard]] Result<image::VerifiedBytes> blob(const image::Reference& reference, std::size_t most) const;
  [[nodiscard]] Result<bool> exists(const image::Reference& reference) const;
  [[nodiscard]] Result<image::Referrers> referrers(const image::Reference& subject);

 private:
  Layout(std::filesystem::path folder, std::string name, LayoutIndex index)
      : folder_(std::move(folder)), name_(std::move(name)), index_(std::move(index)) {}
  [[nodiscard]] Result<image::VerifiedBytes> read(const image::Digest& digest, std::size_t most) const;
  [[nodiscard]] Result<bool> find_subjects();

  std::filesystem::path folder_;
  std::string name_;  // of the folder, in messages
  LayoutIndex index_;
  std::optional<std::map<image::Digest, std::vector<image::Descriptor>>> by_subject_;
};

}  // namespace lock::registry
