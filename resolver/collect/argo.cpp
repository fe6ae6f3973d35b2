#include "resolver/collect/argo.hpp"

#include "resolver/base/text.hpp"
#include "resolver/collect/documents.hpp"
#include "resolver/collect/found.hpp"
#include "resolver/collect/helm.hpp"

namespace lock::collect {
namespace {

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
    walk_.mappings(node, path, depth,
                   [this](const Node& mapping, const std::string& at, int below) { read_mapping(mapping, at, below); });
  }

 private:
  void read_mapping(const Node& node, const std::string& path, int depth) {
    for (const Member& member : tree_.members(node)) {
      const std::string_view key = member.key->text;
      const std::string here = json_pointer(path, key);
      if (workflow_ && (key == "container" || key == "script")) {
        read_container(*member.value, here);
      } else if (workflow_ && (key == "sidecars" || key == "initContainers" || key == "containers")) {
        each_item(*member.value, here, [this](const Node& item, const std::string& at) { read_container(item, at); });
      } else if (!workflow_ && key == "kustomize") {
        if (const Node* images = tree_.find_sequence(*member.value, "images")) {
          read_overrides(*images, json_pointer(here, "images"));
        }
      } else if (!workflow_ && key == "helm" && member.value->is_mapping()) {
        read_helm(*member.value, here);
      } else if (key != "metadata" && key != "arguments") {
        read(*member.value, here, depth + 1);
      }
    }
  }

  void read_container(const Node& container, const std::string& path) {
    const Node* image = tree_.find(container, "image");
    if (image == nullptr || !image->is_scalar() || image->is_null()) return;
    Found found = found_in(tree_, *image, "argo", json_pointer(path, "image"));
    found.object = object_;
    add_found(std::move(found), out_);
  }

  void read_helm(const Node& helm, const std::string& path) {
    if (const Node* values = tree_.find_mapping(helm, "valuesObject")) {
      collect_helm_values(tree_, *values, "argo", json_pointer(path, "valuesObject"), object_, "", out_);
    }
    const Node* text = tree_.find(helm, "values");
    if (text != nullptr && text->is_string()) {
      const MappedText inner = tree_.decode(*text);
      const auto values = Tree::read_embedded(inner);
      for (const Node* document : values->documents()) {
        const Node& root = Tree::resolve(*document);
        collect_helm_values(*values, root, "argo", json_pointer(path, "values"), object_, "", out_);
      }
      report_embedded(*values, inner, "text of Helm values", out_);
    }
    const Node* parameters = tree_.find_sequence(helm, "parameters");
    if (parameters == nullptr) return;
    each_item(*parameters, json_pointer(path, "parameters"),
              [&](const Node& parameter, const std::string& at) { read_parameter(*parameters, parameter, at); });
  }

  // `image` is a whole reference; `x.image.repository` has its registry, tag and digest in parameters beside it.
  void read_parameter(const Node& parameters, const Node& parameter, const std::string& path) {
    const std::string_view name = tree_.find_text(parameter, "name");
    const std::size_t dot = name.rfind('.');
    const std::string_view last = name.substr(dot == std::string_view::npos ? 0 : dot + 1);
    const std::string_view before = dot == std::string_view::npos ? std::string_view{} : name.substr(0, dot);
    const Node* value = tree_.find(parameter, "value");
    if (value == nullptr || !value->is_string()) return;
    const auto is_image = [](std::string_view key) { return base::to_lower(key).ends_with("image"); };
    Found found = found_in(tree_, *value, "argo", json_pointer(path, "value"));
    found.object = object_;
    if (is_image(last)) return add_found(std::move(found), out_);
    if (last != "repository" || !is_image(before)) return;
    found.place = found.written;
    MappedText text = beside(parameters, before, "registry");
    const bool has_host = found.written.text().substr(0, found.written.text().find('/')).find('.') != std::string::npos;
    if (text.empty() && !has_host) found.unresolved = "registry unknown without rendering";
    if (!text.empty()) text.append_synthesised("/");
    text.append(found.written);
    const MappedText tag = beside(parameters, before, "tag");
    const MappedText digest = beside(parameters, before, "digest");
    for (const auto& [joint, part] : {std::pair(":", tag), std::pair("@", digest)}) {
      if (part.empty()) continue;
      text.append_synthesised(joint);
      text.append(part);
    }
    if (tag.empty() && digest.empty() && found.unresolved.empty()) found.unresolved = "tag unknown without rendering";
    found.written = found.value = text;
    add_found(std::move(found), out_);
  }

  [[nodiscard]] MappedText beside(const Node& parameters, std::string_view prefix, std::string_view key) const {
    const std::string name = std::string(prefix) + "." + std::string(key);
    for (const Node* child : parameters.children) {
      const Node& parameter = Tree::resolve(*child);
      const Node* value = tree_.find(parameter, "value");
      if (value != nullptr && tree_.find_text(parameter, "name") == name) return tree_.decode(*value);
    }
    return {};
  }

  void read_overrides(const Node& images, const std::string& path) {
    each_item(images, path, [this](const Node& item, const std::string& at) {
      if (!item.is_scalar() || item.is_null()) return;
      Found found = found_in(tree_, item, "argo", at);
      const std::size_t equals = found.written.text().find('=');
      if (equals != std::string_view::npos) {
        found.written = found.written.slice(equals + 1);
        found.value = found.written;
      }
      const auto parts = image::split_reference(found.value.text());
      if (parts && !parts->tag && !parts->digest) found.unresolved = "the tag stays that of the base";
      found.object = object_;
      add_found(std::move(found), out_);
    });
  }

  const Tree& tree_;
  image::Collected& out_;
  std::string object_;
  bool workflow_ = false;
  TreeWalk walk_;
};

}  // namespace

Claim claim_argo(std::string_view path) {
  if (is_source_file(path)) return Claim::declared;
  return claim_yaml_or_json(path);
}

image::Collected collect_argo(const Source& source, const Files&) {
  return collect_documents(source, [&](const Node& root, image::Collected& out) {
    Document reader(source.tree(), out);
    is_source_file(source.name()) ? reader.read(root, "", 0) : reader.read_object(root);
  });
}

}  // namespace lock::collect
