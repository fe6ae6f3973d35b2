#include "resolver/collect/azure.hpp"

#include <algorithm>
#include <set>

#include "resolver/base/text.hpp"
#include "resolver/collect/documents.hpp"
#include "resolver/collect/found.hpp"
#include "resolver/collect/substitution.hpp"

namespace lock::collect {
namespace {

constexpr std::string_view kFormat = "azure-pipelines";
constexpr int kMostDepth = 64;

// `${{ parameters.x }}`, `${{ variables.x }}` and `$(x)`.
std::optional<Placeholder> find_variable(std::string_view text, std::size_t at) {
  if (const auto found = bracketed(text, at, "${{", "}}")) return found;
  return bracketed(text, at, "$(", ")");
}

// "x" of `$[ variables['x'] ]` and `$[ variables.x ]`, which the server fills in when the job starts.
std::string_view runtime_variable(std::string_view text) {
  if (!text.starts_with("$[") || !text.ends_with(']')) return {};
  text = base::trim(text.substr(2, text.size() - 3));
  constexpr std::string_view kVariables = "variables";
  if (!text.starts_with(kVariables)) return {};
  text.remove_prefix(kVariables.size());
  if (text.starts_with('.')) return text.substr(1);
  const bool quoted = text.size() > 4 && text.starts_with("['") && text.ends_with("']");
  return quoted ? text.substr(2, text.size() - 4) : std::string_view{};
}

class Pipeline {
 public:
  Pipeline(const Source& source, const Node& root, image::Collected& out)
      : bytes_(source.bytes()), tree_(source.tree()), root_(root), out_(out) {}

  void read() {
    if (const Node* resources = tree_.find_mapping(root_, "resources")) read_resources(*resources);
    read_node(root_, "", 0);
  }

 private:
  void read_resources(const Node& resources) {
    const Node* containers = tree_.find_sequence(resources, "containers");
    if (containers == nullptr) return;
    for (std::size_t i = 0; i < containers->children.size(); ++i) {
      const Node& container = Tree::resolve(*containers->children[i]);
      const std::string alias(tree_.find_text(container, "container"));
      const std::string path = json_pointer("/resources/containers", i);
      if (!alias.empty()) aliases_.insert(alias);
      if (tree_.find_text(container, "localImage") == "true") continue;
      const std::string object = "container " + alias;
      if (const Node* image = tree_.find(container, "image")) {
        add(*image, json_pointer(path, "image"), object, nullptr);
      } else if (const Node* repository = tree_.find(container, "repository")) {
        Found found = found_in(tree_, *repository, kFormat, json_pointer(path, "repository"));
        found.object = object;
        found.unresolved = "the registry '" + std::string(tree_.find_text(container, "registry")) +
                           "' is a name in Azure, and no host";
        add_found(std::move(found), out_);
      }
    }
  }

  // Jobs and steps stand in stages, strategies, templates and conditions at any depth.
  void read_node(const Node& node, const std::string& path, int depth) {
    if (depth > kMostDepth || node.is_scalar() || !visited_.insert(&node).second) return;
    if (node.is_sequence()) {
      for (std::size_t i = 0; i < node.children.size(); ++i) {
        read_node(Tree::resolve(*node.children[i]), json_pointer(path, i), depth + 1);
      }
      return;
    }
    const Node* strategy = tree_.find_mapping(node, "strategy");
    const Node* matrix = strategy == nullptr ? nullptr : tree_.find_mapping(*strategy, "matrix");
    for (const Member& member : tree_.members(node)) {
      const std::string_view key = member.key->text;
      const std::string here = json_pointer(path, key);
      if (key == "container" || key == "target") {
        read_use(*member.value, here, key == "container", object_of(node), matrix);
      } else if (key == "services") {
        for (const Member& service : tree_.members(*member.value)) {
          read_use(*service.value, json_pointer(here, service.key->text), true, object_of(node), matrix);
        }
      } else if (key != "resources" && key != "variables" && key != "parameters" && key != "env") {
        read_node(*member.value, here, depth + 1);
      }
    }
  }

  [[nodiscard]] std::string object_of(const Node& node) const {
    const Node* job = tree_.find(node, "job");
    if (job == nullptr) job = tree_.find(node, "deployment");
    return job == nullptr ? std::string{} : "job " + std::string(job->text);
  }

  // A job's `container`, a service, or a step's `target`, which names one that the job can use and no image.
  void read_use(const Node& node, const std::string& path, bool may_be_image, const std::string& object,
                const Node* matrix) {
    if (node.is_mapping()) {
      if (const Node* image = tree_.find(node, "image")) add(*image, json_pointer(path, "image"), object, matrix);
      return;
    }
    if (may_be_image && node.is_string() && !aliases_.contains(node.text)) add(node, path, object, matrix);
  }

  void add(const Node& scalar, const std::string& path, const std::string& object, const Node* matrix) {
    if (!scalar.is_string()) return;
    Found found = found_in(tree_, scalar, kFormat, path);
    found.object = object;
    if (const std::string_view name = runtime_variable(found.written.text()); !name.empty()) {
      return add_runtime(std::move(found), name, matrix);
    }
    substitute_in(found, {"variable", bytes_, find_variable}, [this](std::string_view name) { return value_of(name); });
    // An alias, or one that only the server's or a template's value would make.
    const bool is_alias = aliases_.contains(found.value.text());
    const bool is_bare_unknown = !found.unknown.empty() && found.unknown.front() == found.written.text();
    if (is_alias || (is_bare_unknown && !path.ends_with("/image"))) return;
    add_found(std::move(found), out_);
  }

  // Each entry of the matrix gives the variable a value; it is said, and edited, there.
  void add_runtime(Found found, std::string_view name, const Node* matrix) {
    bool any = false;
    for (const Member& entry : matrix == nullptr ? std::vector<Member>{} : tree_.members(*matrix)) {
      const Node* value = tree_.find(*entry.value, name);
      if (value == nullptr || !value->is_string() || aliases_.contains(value->text)) continue;
      Found one = found_in(tree_, *value, kFormat, found.path);
      one.object = found.object;
      add_found(std::move(one), out_);
      any = true;
    }
    if (any) return;
    const auto value = value_of("variables." + std::string(name));
    if (value && aliases_.contains(value->text())) return;
    if (value) {
      found.value = *value;
    } else {
      found.unknown = {std::string(found.written.text())};
    }
    add_found(std::move(found), out_);
  }

  // Defaults of parameters, and variables of the file: `- name: x` with `value`, or `x: value`.
  [[nodiscard]] std::optional<MappedText> value_of(std::string_view name) const {
    constexpr std::string_view kParameters = "parameters.";
    constexpr std::string_view kVariables = "variables.";
    const bool is_parameter = name.starts_with(kParameters);
    if (is_parameter) name.remove_prefix(kParameters.size());
    if (name.starts_with(kVariables)) name.remove_prefix(kVariables.size());
    const Node* list = tree_.find(root_, is_parameter ? "parameters" : "variables");
    if (list == nullptr) return std::nullopt;
    const Node* value = tree_.find(*list, name);
    for (const Node* child : list->children) {
      const Node& item = Tree::resolve(*child);
      if (list->is_sequence() && tree_.find_text(item, "name") == name) {
        value = tree_.find(item, is_parameter ? "default" : "value");
      }
    }
    if (value == nullptr || !value->is_scalar() || value->is_null()) return std::nullopt;
    MappedText text = tree_.decode(*value);
    return text.empty() ? std::nullopt : std::optional(std::move(text));
  }

  std::string_view bytes_;
  const Tree& tree_;
  const Node& root_;
  image::Collected& out_;
  std::set<std::string, std::less<>> aliases_;
  std::set<const Node*> visited_;
};

bool has_item_with(const Tree& tree, const Node& root, std::string_view list, std::string_view key) {
  const Node* items = tree.find_sequence(root, list);
  return items != nullptr && std::ranges::any_of(items->children, [&](const Node* item) {
           return tree.find(Tree::resolve(*item), key) != nullptr;
         });
}

bool is_pipeline(const Tree& tree, const Node& root) {
  const Node* resources = tree.find_mapping(root, "resources");
  return has_item_with(tree, root, "jobs", "job") || has_item_with(tree, root, "jobs", "deployment") ||
         has_item_with(tree, root, "stages", "stage") ||
         (resources != nullptr && has_item_with(tree, *resources, "containers", "container"));
}

bool is_declared(std::string_view path) {
  const std::string_view name = name_of_path(path);
  return is_yaml_name(name) && (name.starts_with("azure-pipelines") || name.starts_with(".azure-pipelines") ||
                                path.find(".azure-pipelines/") != std::string_view::npos);
}

}  // namespace

Claim claim_azure(std::string_view path) {
  if (is_declared(path)) return Claim::declared;
  return is_yaml_name(path) ? Claim::possible : Claim::none;
}

image::Collected collect_azure(const Source& source, const Files&) {
  return collect_documents(source, [&](const Node& root, image::Collected& out) {
    if (is_declared(source.name()) || is_pipeline(source.tree(), root)) Pipeline(source, root, out).read();
  });
}

}  // namespace lock::collect
