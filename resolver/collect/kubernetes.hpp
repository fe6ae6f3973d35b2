// Kubernetes manifests in YAML and JSON: one or many objects, lists of objects, custom resources.
//
// Declared: `image` of containers, initContainers and ephemeralContainers at any depth of any kind, and the reference
// of image volumes; in custom resources scalars called image, imageName or *Image and mappings of registry, repository,
// tag and digest, where they are spelled as only images are. Guessed: the others of these; in containers the values of
// environment variables and arguments that look like images.
// Never: status, annotations, ConfigMap and Secret, schemas of custom resources, YAML inside strings.
#pragma once

#include "resolver/collect/collector.hpp"

namespace lock::collect {

[[nodiscard]] Claim claim_kubernetes(std::string_view path);
[[nodiscard]] image::Collected collect_kubernetes(const Source& source, const Files& files);

// Objects that stand in another document, as patches do: manifests, or lists of operations of JSON Patch (RFC 6902).
void collect_manifests(const Tree& tree, std::string_view format, const std::string& path, image::Collected& out);

void collect_manifest(const Tree& tree, const Node& root, std::string_view format, const std::string& path,
                      image::Collected& out);  // of one document

// The specification of a pod that stands in a file of another kind; `object` says in which.
void collect_pod_spec(const Tree& tree, const Node& spec, std::string_view format, const std::string& path,
                      std::string object, image::Collected& out);

}  // namespace lock::collect
