#include "resolver/collect/argo.hpp"

#include <set>

#include "resolver/collect/found.hpp"

namespace lock::collect {
namespace {

constexpr int kMostDepth = 64;

bool is_source_file(std::string_view path) {
  const std::string_view name = name_of_path(path);
  return name.starts_with(".argocd-source") && name.ends_with(".yaml");
}

class Document {
 public:
  Document(const Tree& tree, image::Collected& out) : tree_(tree), out_(out) {}

  void read_object(const Node& object) {
    const std::string_view kind = tree_.find_text(object, "kind");
    if (!tree_.find_text(object, "apiVersion").starts_with("argoproj.io/")) return;
    object_ = std::string(kind);
    const Node* metadata = tree_.find_mapping(object, "metadata");
    if (metadata != nullptr) object_ += " " + std::string(tree_.find_text(*metadata, "name"));
    workflow_ =
        kind == "Workflow" || kind == "WorkflowTemplate" || kind == "ClusterWorkflowTemplate" || kind == "CronWorkflow";
    const bool application = kind == "Application" || kind == "ApplicationSet";
    const Node* spec = tree_.find_mapping(object, "spec");
    if (spec != nullptr && (workflow_ || application)) read(*spec, "/spec", 0);
  }

  void read(const Node& node, const std::string& path, int depth) {
    if (depth > kMostDepth || (!node.is_mapping() && !node.is_sequence())) return;
    if (!visited_.insert(&node).second) return;
    if (node.is_sequence()) {
      for (std::size_t i = 0; i < node.children.size(); ++i) {
        read(Tree::resolve(*node.children[i]), json_pointer(path, i), depth + 1);
      }
      return;
    }
    for (const Member& member : tree_.members(node)) {
      const std::string_view key = member.key->text;
      const std::string here = json_pointer(path, key);
      if (workflow_ && (key == "container" || key == "script")) {
        read_container(*member.value, here);
      } else if (workflow_ && (key == "sidecars" || key == "initContainers" || key == "containers")) {
        for (std::size_t i = 0; i < member.value->children.size(); ++i) {
          read_container(Tree::resolve(*member.value->children[i]), json_pointer(here, i));
        }
      } else if (!workflow_ && key == "kustomize") {
        if (const Node* images = tree_.find_sequence(*member.value, "images")) {
          read_overrides(*images, json_pointer(here, "images"));
        }
      } else if (key != "metadata" && key != "arguments") {
        read(*member.value, here, depth + 1);
      }
    }
  }

 private:
  void read_container(const Node& container, const std::string& path) {
    const Node* image = tree_.find(container, "image");
    if (image == nullptr || !image->is_scalar() || image->is_null()) return;
    Found found = found_in(tree_, *image, "argo", json_pointer(path, "image"));
    found.object = object_;
    add_found(std::move(found), out_);
  }

  void read_overrides(const Node& images, const std::string& path) {
    for (std::size_t i = 0; i < images.children.size(); ++i) {
      const Node& item = Tree::resolve(*images.children[i]);
      if (!item.is_scalar() || item.is_null()) continue;
      Found found = found_in(tree_, item, "argo", json_pointer(path, i));
      const std::size_t equals = found.written.text().find('=');
      if (equals != std::string_view::npos) {
        found.written = found.written.slice(equals + 1);
        found.value = found.written;
      }
      const auto parts = image::split_reference(found.value.text());
      if (parts && !parts->tag && !parts->digest) found.unresolved = "the tag stays that of the base";
      found.object = object_;
      add_found(std::move(found), out_);
    }
  }

  const Tree& tree_;
  image::Collected& out_;
  std::string object_;
  bool workflow_ = false;
  std::set<const Node*> visited_;
};

}  // namespace

Claim claim_argo(std::string_view path) {
  if (is_source_file(path)) return Claim::declared;
  const bool fits = path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json");
  return fits ? Claim::possible : Claim::none;
}

image::Collected collect_argo(const Source& source, const Files&) {
  image::Collected out;
  const Tree& tree = source.tree();
  for (const Node* document : tree.documents()) {
    const Node& root = Tree::resolve(*document);
    Document reader(tree, out);
    if (is_source_file(source.path())) {
      reader.read(root, "", 0);
    } else {
      reader.read_object(root);
    }
  }
  return out;
}

}  // namespace lock::collect
