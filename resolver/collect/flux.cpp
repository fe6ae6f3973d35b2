#include "resolver/collect/flux.hpp"

#include "resolver/collect/documents.hpp"
#include "resolver/collect/found.hpp"
#include "resolver/collect/helm.hpp"
#include "resolver/collect/kustomize.hpp"

namespace lock::collect {
namespace {

constexpr std::string_view kFormat = "flux";
constexpr std::string_view kOci = "oci://";

class Object {
 public:
  Object(const Tree& tree, const Node& root, image::Collected& out) : tree_(tree), out_(out) {
    name_ = std::string(tree.find_text(root, "kind"));
    const Node* metadata = tree.find_mapping(root, "metadata");
    if (metadata == nullptr) return;
    const std::string_view space = tree.find_text(*metadata, "namespace");
    name_ += " " + (space.empty() ? "" : std::string(space) + "/") + std::string(tree.find_text(*metadata, "name"));
  }

  void read_release(const Node& spec) {
    if (const Node* values = tree_.find_mapping(spec, "values")) {
      collect_helm_values(tree_, *values, kFormat, "/spec/values", name_, "", out_);
    }
    const Node* renderers = tree_.find_sequence(spec, "postRenderers");
    if (renderers == nullptr) return;
    for (std::size_t i = 0; i < renderers->children.size(); ++i) {
      const Node* kustomize = tree_.find_mapping(Tree::resolve(*renderers->children[i]), "kustomize");
      const std::string path = json_pointer(json_pointer("/spec/postRenderers", i), "kustomize");
      if (kustomize != nullptr) read_images(*kustomize, path);
    }
  }

  void read_images(const Node& holder, const std::string& path) {
    const Node* images = tree_.find_sequence(holder, "images");
    if (images != nullptr) collect_kustomize_images(tree_, *images, kFormat, json_pointer(path, "images"), out_);
    collect_kustomize_patches(tree_, holder, kFormat, path, out_);
  }

  void read_artifact(const Node& spec) {
    const Node* url = tree_.find(spec, "url");
    if (url == nullptr || !url->text.starts_with(kOci)) return;
    Found found = found_in(tree_, *url, kFormat, "/spec/url");
    found.place = found.value = found.written.slice(kOci.size());
    const Node* ref = tree_.find_mapping(spec, "ref");
    for (const std::string_view key : {"tag", "digest"}) {
      const Node* value = ref == nullptr ? nullptr : tree_.find(*ref, key);
      if (value == nullptr || !value->is_scalar() || value->is_null()) continue;
      found.value.append_synthesised(key == "tag" ? ":" : "@");
      found.value.append(tree_.decode(*value));
    }
    found.written = found.value;
    if (ref != nullptr && tree_.find(*ref, "semver") != nullptr) {
      found.unresolved = "a range of versions, which only its registry settles";
    }
    found.kind = image::Kind::artifact;
    found.object = name_;
    found.not_editable = "Flux takes a digest under a key of its own";
    add_found(std::move(found), out_);
  }

 private:
  const Tree& tree_;
  image::Collected& out_;
  std::string name_;
};

}  // namespace

Claim claim_flux(std::string_view path) { return claim_yaml_or_json(path); }

image::Collected collect_flux(const Source& source, const Files&) {
  const Tree& tree = source.tree();
  return collect_documents(source, [&](const Node& root, image::Collected& out) {
    const std::string_view version = tree.find_text(root, "apiVersion");
    const std::string_view group = version.substr(0, version.find('/'));
    const std::string_view kind = tree.find_text(root, "kind");
    const Node* spec = tree.find_mapping(root, "spec");
    if (spec == nullptr) return;
    Object object(tree, root, out);
    if (group == "helm.toolkit.fluxcd.io" && kind == "HelmRelease") object.read_release(*spec);
    if (group == "kustomize.toolkit.fluxcd.io" && kind == "Kustomization") object.read_images(*spec, "/spec");
    if (group == "source.toolkit.fluxcd.io" && kind == "OCIRepository") object.read_artifact(*spec);
  });
}

}  // namespace lock::collect
