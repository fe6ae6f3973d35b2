// Kustomize: the `images` of a kustomization or component, the manifests and operations in its inline patches, and the
// values of its Helm charts (`valuesInline`). Of the patches in files of their own the operations (RFC 6902) are found
// from here; manifests and values are read as what these files are.
//
// `name` is what an entry matches (a regular expression, even), so it stands in for the image's name only where nothing
// renames it. A new name alone keeps the base's tag, as `tagSuffix` does: what that is, only rendering shows. `newTag`
// or `digest` replaces tag and digest; both together are both kept, so a pin adds the key `digest`. Specification:
// kustomize's `images` field and api/filters/imagetag.
#pragma once

#include "resolver/collect/collector.hpp"

namespace lock::collect {

[[nodiscard]] Claim claim_kustomize(std::string_view path);
[[nodiscard]] image::Collected collect_kustomize(const Source& source, const Files& files);

// The same list where another format holds it: `images` is a sequence of entries at `path`.
void collect_kustomize_images(const Tree& tree, const Node& images, std::string_view format, const std::string& path,
                              image::Collected& out);

// The inline patches of a mapping: `patches`, `patchesStrategicMerge` and `patchesJson6902`.
void collect_kustomize_patches(const Tree& tree, const Node& holder, std::string_view format, const std::string& path,
                               image::Collected& out);

}  // namespace lock::collect
