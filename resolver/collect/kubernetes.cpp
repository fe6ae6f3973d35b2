#include "resolver/collect/kubernetes.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "resolver/base/text.hpp"
#include "resolver/collect/documents.hpp"
#include "resolver/collect/found.hpp"
#include "resolver/collect/split_map.hpp"

namespace lock::collect {
namespace {

constexpr std::string_view kFormat = "kubernetes";
constexpr int kMostDepth = 200;  // of nodes, aliases followed

// API groups with a dot that Kubernetes itself serves, and whose objects have no images outside of containers.
constexpr std::array kOwnGroups = {"admissionregistration.k8s.io",
                                   "apiextensions.k8s.io",
                                   "apiregistration.k8s.io",
                                   "authentication.k8s.io",
                                   "authorization.k8s.io",
                                   "certificates.k8s.io",
                                   "coordination.k8s.io",
                                   "discovery.k8s.io",
                                   "events.k8s.io",
                                   "flowcontrol.apiserver.k8s.io",
                                   "metrics.k8s.io",
                                   "networking.k8s.io",
                                   "node.k8s.io",
                                   "policy.k8s.io",
                                   "rbac.authorization.k8s.io",
                                   "resource.k8s.io",
                                   "scheduling.k8s.io",
                                   "storage.k8s.io"};

// Groups whose objects other rows of the table read, or that name images which nothing pulls.
constexpr std::array kOtherGroups = {"kustomize.config.k8s.io", "image.toolkit.fluxcd.io", "source.toolkit.fluxcd.io",
                                     "helm.toolkit.fluxcd.io"};

// Groups whose images other rows declare, with their parameters; what is found here beside them is a guess.
constexpr std::array kReadElsewhere = {"tekton.dev", "triggers.tekton.dev", "argoproj.io"};

constexpr std::array kContainerKeys = {"containers", "initContainers", "ephemeralContainers"};

// Keys whose values hold no image that is pulled, at any depth.
constexpr std::array kSkippedKeys = {"annotations", "labels",        "managedFields",   "data",       "stringData",
                                     "binaryData",  "encryptedData", "openAPIV3Schema", "matchLabels"};

template <typename List>
bool contains(const List& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::string_view group_of(std::string_view api_version) {
  const std::size_t slash = api_version.find('/');
  return slash == std::string_view::npos ? std::string_view{} : api_version.substr(0, slash);
}

bool is_image_key(std::string_view key) {
  return key == "image" || key == "imageName" || (key.ends_with("Image") && key.size() > 5);
}

bool is_object(const Tree& tree, const Node& node) {
  return node.is_mapping() && !tree.find_text(node, "apiVersion").empty() && !tree.find_text(node, "kind").empty();
}

class Manifest {
 public:
  Manifest(const Tree& tree, std::string_view format, image::Collected& out)
      : tree_(tree), format_(format), out_(out) {}

  void read_object(const Node& object, const std::string& path, int depth) {
    if (!is_object(tree_, object) || depth > kMostDepth || !visited_.insert(&object).second) return;
    const std::string_view kind = tree_.find_text(object, "kind");
    const std::string_view group = group_of(tree_.find_text(object, "apiVersion"));
    if (kind == "ConfigMap" || kind == "Secret" || kind == "CustomResourceDefinition" ||
        contains(kOtherGroups, group)) {
      return;
    }
    const Node* items = tree_.find_sequence(object, "items");
    if (items != nullptr && kind.ends_with("List")) {
      const std::string inside = json_pointer(path, "items");
      for (std::size_t i = 0; i < items->children.size(); ++i) {
        read_object(Tree::resolve(*items->children[i]), json_pointer(inside, i), depth + 1);
      }
      return;
    }
    const std::string outer_object = std::exchange(object_, name_of(object));
    const bool outer_custom =
        std::exchange(custom_, group.find('.') != std::string_view::npos && !contains(kOwnGroups, group));
    const bool outer_elsewhere = std::exchange(elsewhere_, contains(kReadElsewhere, group));
    for (const Member& member : tree_.members(object)) {
      if (member.key->text != "status" && member.key->text != "metadata") {
        read_member(object, member, path, depth + 1);
      }
    }
    object_ = outer_object;
    custom_ = outer_custom;
    elsewhere_ = outer_elsewhere;
  }

  void read_pod(const Node& spec, const std::string& path, std::string object) {
    object_ = std::move(object);
    read_node(spec, path, "spec", 0);
  }

  // `{op: replace, path: /spec/template/spec/containers/0/image, value: nginx:1}`
  void read_operation(const Node& operation, const std::string& path) {
    const Node* value = tree_.find(operation, "value");
    if (value == nullptr || tree_.find_text(operation, "op") == "test") return;
    const auto segments = base::split(tree_.find_text(operation, "path"), '/');
    const bool skipped = std::any_of(segments.begin(), segments.end(), [](std::string_view segment) {
      return segment == "metadata" || segment == "status" || contains(kSkippedKeys, segment);
    });
    if (skipped) return;
    const std::string_view last = segments.back();
    const std::string_view before = segments.size() < 2 ? std::string_view{} : segments[segments.size() - 2];
    const std::string here = json_pointer(path, "value");
    object_ = "patch";
    custom_ = true;
    if (value->is_sequence() && contains(kContainerKeys, last)) {
      each_item(*value, here, [this](const Node& item, const std::string& at) { read_container(item, at); });
    } else if (value->is_mapping() && contains(kContainerKeys, before)) {
      read_container(*value, here);
    } else if (value->is_string() && is_image_key(last)) {
      const bool container = segments.size() > 2 && contains(kContainerKeys, segments[segments.size() - 3]);
      container ? add(found_in(tree_, *value, format_, here), "") : read_scalar(*value, here, last, nullptr);
    } else if (!value->is_scalar()) {
      read_node(*value, here, last, 0);
    }
  }

 private:
  // A name with template expressions is shown with them.
  std::string text_of(const Node* node) const {
    return node == nullptr ? std::string{} : std::string(tree_.decode(*node).text());
  }

  std::string name_of(const Node& object) const {
    std::string text = text_of(tree_.find(object, "kind"));
    const Node* metadata = tree_.find_mapping(object, "metadata");
    if (metadata == nullptr) return text;
    const std::string space = text_of(tree_.find(*metadata, "namespace"));
    std::string name = text_of(tree_.find(*metadata, "name"));
    if (name.empty()) name = text_of(tree_.find(*metadata, "generateName"));
    if (!name.empty()) text += " " + (space.empty() ? name : space + "/" + name);
    return text;
  }

  void read_member(const Node& holder, const Member& member, const std::string& parent, int depth) {
    const std::string_view key = member.key->text;
    if (contains(kSkippedKeys, key)) return;
    const Node& value = *member.value;
    const std::string path = json_pointer(parent, key);
    if (value.is_sequence() && contains(kContainerKeys, key)) {
      for (std::size_t i = 0; i < value.children.size(); ++i) {
        read_container(Tree::resolve(*value.children[i]), json_pointer(path, i));
      }
    } else if (value.is_sequence() && key == "volumes") {
      for (std::size_t i = 0; i < value.children.size(); ++i) {
        read_volume(Tree::resolve(*value.children[i]), json_pointer(path, i));
      }
    } else if (custom_ && is_image_key(key) && value.is_string()) {
      read_scalar(value, path, key, &holder);
    } else {
      read_node(value, path, key, depth);
    }
  }

  // In a custom resource: what is spelled as only images are is one, any other text may be a disk's or a picture's.
  [[nodiscard]] image::Class class_of(const Found& found) const {
    const std::string_view text = found.value.text();
    const bool surely = !elsewhere_ && found.unresolved.empty() && placeholders_in(text).empty();
    return surely && looks_like_image(text) ? image::Class::declared : image::Class::guessed;
  }

  // `holder` is the mapping that may have the tag beside it.
  void read_scalar(const Node& value, const std::string& path, std::string_view key, const Node* holder) {
    Found found = found_in(tree_, value, format_, path);
    found.bare_name_counts = key == "image";
    if (holder != nullptr) join_tag_beside(tree_, *holder, key, found);
    found.occurrence_class = class_of(found);
    add(std::move(found), "");
  }

  void read_node(const Node& node, const std::string& path, std::string_view key, int depth) {
    if (depth > kMostDepth || node.is_scalar()) return;
    if (is_object(tree_, node)) return read_object(node, path, depth);
    if (!visited_.insert(&node).second) return;
    if (node.is_mapping()) {
      if (custom_) read_split(node, path, key);
      for (const Member& member : tree_.members(node)) read_member(node, member, path, depth + 1);
    } else {
      for (std::size_t i = 0; i < node.children.size(); ++i) {
        read_node(Tree::resolve(*node.children[i]), json_pointer(path, i), key, depth + 1);
      }
    }
  }

  void read_split(const Node& node, const std::string& path, std::string_view key) {
    auto split = read_split_map(tree_, node, base::to_lower(key).ends_with("image"), format_, path);
    if (!split) return;
    split->found.occurrence_class = class_of(split->found);
    split->found.bare_name_counts = true;
    const auto text = split->found.value.text();
    // A guess of which not even the registry is known must at least be spelled like an image.
    if (!split->found.unresolved.empty() && placeholders_in(text).empty() && !image::split_reference(text)) return;
    add(std::move(split->found), "");
  }

  void read_container(const Node& container, const std::string& path) {
    if (!container.is_mapping()) return;
    const std::string name = text_of(tree_.find(container, "name"));
    const std::string part = name.empty() ? "" : " container " + name;
    const Node* last = tree_.find(container, "image");
    for (const Member& member : tree_.members(container)) {
      if (member.key->text != "image" || !member.value->is_string()) continue;
      // Equal keys are an error of whoever wrote them, and the last one counts; in a template they are its branches.
      if (tree_.templated() || member.value == last) {
        add(found_in(tree_, *member.value, format_, json_pointer(path, "image")), part);
      }
    }
    if (const Node* env = tree_.find_sequence(container, "env")) read_env(*env, json_pointer(path, "env"), part);
    for (const std::string_view key : {"command", "args"}) {
      if (const Node* list = tree_.find_sequence(container, key)) {
        read_arguments(*list, json_pointer(path, key), part);
      }
    }
  }

  void read_volume(const Node& volume, const std::string& path) {
    const Node* image = tree_.find_mapping(volume, "image");
    const Node* reference = image == nullptr ? nullptr : tree_.find(*image, "reference");
    if (reference == nullptr || !reference->is_string()) return;
    const std::string name = text_of(tree_.find(volume, "name"));
    add(found_in(tree_, *reference, format_, json_pointer(json_pointer(path, "image"), "reference")),
        name.empty() ? "" : " volume " + name);
  }

  // Operators take the images of their real workload from the environment: RELATED_IMAGE_X, or by another name.
  void read_env(const Node& env, const std::string& path, const std::string& part) {
    for (std::size_t i = 0; i < env.children.size(); ++i) {
      const Node& entry = Tree::resolve(*env.children[i]);
      const Node* value = tree_.find(entry, "value");
      if (value == nullptr || !value->is_string()) continue;
      const bool named = base::to_lower(tree_.find_text(entry, "name")).find("image") != std::string::npos;
      guess(tree_.decode(*value), json_pointer(json_pointer(path, i), "value"), part, named);
    }
  }

  // `--sidecar-image=x`, and `--sidecar-image` with the value behind it.
  void read_arguments(const Node& list, const std::string& path, const std::string& part) {
    bool value_follows = false;
    for (std::size_t i = 0; i < list.children.size(); ++i) {
      const Node& item = Tree::resolve(*list.children[i]);
      const MappedText text = tree_.decode(item);
      const std::size_t equals = text.text().find('=');
      const std::string option = base::to_lower(text.text().substr(0, equals));
      const bool names_image = option.starts_with('-') && option.find("image") != std::string::npos &&
                               option.find_first_of(" \t\n") == std::string::npos;
      if (value_follows && !option.starts_with('-')) guess(text, json_pointer(path, i), part, true);
      value_follows = names_image && equals == std::string_view::npos;
      if (names_image && equals != std::string_view::npos) {
        guess(text.slice(equals + 1), json_pointer(path, i), part, true);
      }
    }
  }

  // A value whose name says image needs to look like one; any other needs registry, path and tag.
  void guess(MappedText text, std::string path, const std::string& part, bool named) {
    const auto variables = placeholders_in(text.text());
    const bool shaped = text.text().find_first_of("/:") != std::string_view::npos &&
                        text.text().find("://") == std::string_view::npos &&
                        text.text().find_first_of(" \t\n") == std::string_view::npos;
    if (!variables.empty() ? !(named && shaped) : !looks_like_image(text.text(), !named)) return;
    Found found;
    found.written = text;
    found.value = std::move(text);
    found.format = format_;
    found.path = std::move(path);
    found.occurrence_class = image::Class::guessed;
    add(std::move(found), part);
  }

  void add(Found found, const std::string& part) {
    found.object = object_ + part;
    add_found(std::move(found), out_);
  }

  const Tree& tree_;
  std::string_view format_;
  image::Collected& out_;
  std::string object_;
  bool custom_ = false;
  bool elsewhere_ = false;
  std::set<const Node*> visited_;  // collections, so that what aliases repeat is read once
};

}  // namespace

Claim claim_kubernetes(std::string_view path) { return claim_yaml_or_json(path); }

image::Collected collect_kubernetes(const Source& source, const Files&) {
  image::Collected out;
  const Tree& tree = source.tree();
  Manifest manifest(tree, kFormat, out);
  for (const Node* document : tree.documents()) manifest.read_object(Tree::resolve(*document), "", 0);
  return out;
}

void collect_manifests(const Tree& tree, std::string_view format, const std::string& path, image::Collected& out) {
  for (const Node* document : tree.documents()) collect_manifest(tree, Tree::resolve(*document), format, path, out);
}

void collect_manifest(const Tree& tree, const Node& root, std::string_view format, const std::string& path,
                      image::Collected& out) {
  Manifest manifest(tree, format, out);
  if (!root.is_sequence()) return manifest.read_object(root, path, 0);
  each_item(root, path, [&](const Node& operation, const std::string& at) { manifest.read_operation(operation, at); });
}

void collect_pod_spec(const Tree& tree, const Node& spec, std::string_view format, const std::string& path,
                      std::string object, image::Collected& out) {
  Manifest(tree, format, out).read_pod(spec, path, std::move(object));
}

}  // namespace lock::collect
