#include "resolver/collect/tekton.hpp"

#include <vector>

#include "resolver/collect/documents.hpp"
#include "resolver/collect/found.hpp"
#include "resolver/collect/substitution.hpp"

namespace lock::collect {
namespace {

std::optional<Placeholder> find_variable(std::string_view text, std::size_t at) {
  return bracketed(text, at, "$(", ")");
}

// "x" of params.x, params["x"], inputs.params.x, tt.params.x.
std::optional<std::string_view> parameter_of(std::string_view name) {
  for (const std::string_view prefix : {"inputs.params", "tt.params", "params"}) {
    if (!name.starts_with(prefix)) continue;
    name.remove_prefix(prefix.size());
    if (name.starts_with('.')) return name.substr(1);
    const bool quoted = name.size() > 4 && (name.starts_with("[\"") || name.starts_with("['")) && name.ends_with("]");
    return quoted ? std::optional(name.substr(2, name.size() - 4)) : std::nullopt;
  }
  return std::nullopt;
}

class Document {
 public:
  Document(const Source& source, image::Collected& out) : bytes_(source.bytes()), tree_(source.tree()), out_(out) {}

  void read_object(const Node& object) {
    const std::string_view version = tree_.find_text(object, "apiVersion");
    const std::string_view group = version.substr(0, version.find('/'));
    if (group != "tekton.dev" && group != "triggers.tekton.dev") return;
    object_ = std::string(tree_.find_text(object, "kind"));
    const Node* metadata = tree_.find_mapping(object, "metadata");
    if (metadata != nullptr) object_ += " " + std::string(tree_.find_text(*metadata, "name"));
    const Node* spec = tree_.find_mapping(object, "spec");
    if (spec == nullptr) return;
    const bool is_step = tree_.find_text(object, "kind") == "StepAction";
    read(*spec, "/spec", 0);
    if (!is_step) return;
    enter(*spec);
    read_step(*spec, "/spec");
  }

 private:
  bool enter(const Node& node) {
    const Node* parameters = tree_.find_sequence(node, "params");
    if (parameters != nullptr) scopes_.push_back(parameters);
    return parameters != nullptr;
  }

  void read(const Node& node, const std::string& path, int depth) {
    walk_.mappings(node, path, depth,
                   [this](const Node& mapping, const std::string& at, int below) { read_mapping(mapping, at, below); });
  }

  void read_mapping(const Node& node, const std::string& path, int depth) {
    const bool entered = enter(node);
    for (const Member& member : tree_.members(node)) {
      const std::string_view key = member.key->text;
      const std::string here = json_pointer(path, key);
      if ((key == "steps" || key == "sidecars") && member.value->is_sequence()) {
        each_item(*member.value, here, [this](const Node& step, const std::string& at) { read_step(step, at); });
      } else if (key == "stepTemplate") {
        read_step(*member.value, here);
      } else if (key != "params" && key != "status") {
        read(*member.value, here, depth + 1);
      }
    }
    if (entered) scopes_.pop_back();
  }

  void read_step(const Node& step, const std::string& path) {
    const Node* image = tree_.find(step, "image");
    if (image == nullptr || !image->is_scalar() || image->is_null()) return;
    Found found = found_in(tree_, *image, "tekton", json_pointer(path, "image"));
    substitute_in(found, {"parameter", bytes_, find_variable},
                  [this](std::string_view name) { return value_of(name); });
    found.object = object_;
    add_found(std::move(found), out_);
  }

  [[nodiscard]] const Node* entry(std::size_t scope, std::string_view name) const {
    for (const Node* child : scopes_[scope]->children) {
      const Node& parameter = Tree::resolve(*child);
      if (tree_.find_text(parameter, "name") == name) return &parameter;
    }
    return nullptr;
  }

  // The innermost scope that declares the parameter; a value that is passed to it counts more than its default.
  [[nodiscard]] std::optional<MappedText> value_of(std::string_view variable) const {
    const auto name = parameter_of(variable);
    if (!name) return std::nullopt;
    for (std::size_t i = scopes_.size(); i-- > 0;) {
      const Node* parameter = entry(i, *name);
      if (parameter == nullptr) continue;
      const Node* passed = i > 0 ? entry(i - 1, *name) : nullptr;
      const Node* value = tree_.find(*parameter, "value");
      if (value == nullptr && passed != nullptr) value = tree_.find(*passed, "value");
      if (value == nullptr) value = tree_.find(*parameter, "default");
      return value_in(tree_, value);
    }
    return std::nullopt;
  }

  std::string_view bytes_;
  const Tree& tree_;
  image::Collected& out_;
  std::string object_;
  std::vector<const Node*> scopes_;
  TreeWalk walk_;
};

}  // namespace

Claim claim_tekton(std::string_view path) { return claim_yaml_or_json(path); }

image::Collected collect_tekton(const Source& source, const Files&) {
  return collect_documents(source,
                           [&](const Node& root, image::Collected& out) { Document(source, out).read_object(root); });
}

}  // namespace lock::collect
