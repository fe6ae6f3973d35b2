#include "resolver/collect/kustomize.hpp"

#include "resolver/collect/documents.hpp"
#include "resolver/collect/found.hpp"

namespace lock::collect {
namespace {

const Node* scalar(const Tree& tree, const Node& entry, std::string_view key) {
  const Node* node = tree.find(entry, key);
  return node != nullptr && node->is_scalar() && !node->is_null() && !node->text.empty() ? node : nullptr;
}

bool is_pattern(std::string_view name) { return name.find_first_of("*+?^$()[]|\\") != std::string_view::npos; }

void read_entry(const Tree& tree, const Node& entry, std::string_view format, const std::string& path,
                image::Collected& out) {
  const Node* name = scalar(tree, entry, "name");
  const Node* new_name = scalar(tree, entry, "newName");
  const Node* tag = scalar(tree, entry, "newTag");
  const Node* digest = scalar(tree, entry, "digest");
  const Node* suffix = scalar(tree, entry, "tagSuffix");
  if (new_name == nullptr && tag == nullptr && digest == nullptr && suffix == nullptr) return;
  const Node* base = new_name != nullptr ? new_name : name;
  if (base == nullptr) return;

  const std::string_view key = new_name != nullptr ? "newName"
                               : tag != nullptr    ? "newTag"
                               : digest != nullptr ? "digest"
                                                   : "tagSuffix";
  Found found = found_in(tree, *scalar(tree, entry, key), format, json_pointer(path, key));
  found.place = found.written;
  found.object = name == nullptr ? "" : "image " + std::string(name->text);
  found.value = tree.decode(*base).trimmed();
  if (tag != nullptr) {
    found.value.append_synthesised(":");
    found.value.append(tree.decode(*tag));
  }
  if (digest != nullptr) {
    found.value.append_synthesised("@");
    found.value.append(tree.decode(*digest));
  }
  found.written = found.value;
  const auto parts = image::split_reference(found.value.text());
  if (new_name == nullptr && is_pattern(base->text)) {
    found.unresolved = "its name is a pattern, and which image that is only rendering shows";
  } else if (tag != nullptr && !tag->is_string()) {
    found.unresolved = "Kustomize refuses a newTag that is a number: quote it";
  } else if (parts && !parts->tag && !parts->digest) {
    found.unresolved = "the tag is that of the base";
  }
  add_found(std::move(found), out);
}

}  // namespace

void collect_kustomize_images(const Tree& tree, const Node& images, std::string_view format, const std::string& path,
                              image::Collected& out) {
  for (std::size_t i = 0; i < images.children.size(); ++i) {
    read_entry(tree, Tree::resolve(*images.children[i]), format, json_pointer(path, i), out);
  }
}

Claim claim_kustomize(std::string_view path) {
  const std::string_view name = name_of_path(path);
  if (name == "kustomization.yaml" || name == "kustomization.yml" || name == "Kustomization") return Claim::declared;
  return is_yaml_name(name) ? Claim::possible : Claim::none;
}

image::Collected collect_kustomize(const Source& source, const Files&) {
  image::Collected out;
  const Tree& tree = source.tree();
  const bool declared = claim_kustomize(source.path()) == Claim::declared;
  for (const Node* document : tree.documents()) {
    const Node& root = Tree::resolve(*document);
    const std::string_view group = tree.find_text(root, "apiVersion");
    if (!declared && !group.starts_with("kustomize.config.k8s.io/")) continue;
    const Node* images = tree.find_sequence(root, "images");
    if (images != nullptr) collect_kustomize_images(tree, *images, "kustomize", "/images", out);
  }
  return out;
}

}  // namespace lock::collect
