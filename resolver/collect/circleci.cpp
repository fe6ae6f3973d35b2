#include "resolver/collect/circleci.hpp"

#include <set>
#include <vector>

#include "resolver/collect/documents.hpp"
#include "resolver/collect/found.hpp"
#include "resolver/collect/substitution.hpp"

namespace lock::collect {
namespace {

constexpr int kMostDepth = 64;

std::optional<Placeholder> find_parameter(std::string_view text, std::size_t at) {
  return bracketed(text, at, "<<", ">>");
}

class Configuration {
 public:
  Configuration(const Source& source, image::Collected& out)
      : bytes_(source.bytes()), tree_(source.tree()), out_(out) {}

  void read_root(const Node& root) {
    pipeline_ = tree_.find_mapping(root, "parameters");
    read(root, nullptr, "", 0);
  }

 private:
  // `parameters` of the nearest job, executor, command or orb element around.
  void read(const Node& node, const Node* parameters, const std::string& path, int depth) {
    if (depth > kMostDepth || !visited_.insert({&node, parameters}).second) return;
    if (node.is_sequence()) {
      for (std::size_t i = 0; i < node.children.size(); ++i) {
        read(Tree::resolve(*node.children[i]), parameters, json_pointer(path, i), depth + 1);
      }
      return;
    }
    if (!node.is_mapping()) return;
    if (const Node* own = tree_.find_mapping(node, "parameters")) parameters = own;
    for (const Member& member : tree_.members(node)) {
      const std::string here = json_pointer(path, member.key->text);
      if (member.key->text == "docker" && member.value->is_sequence()) {
        read_containers(*member.value, parameters, here);
      } else if (member.key->text.ends_with("image") && member.value->is_string()) {
        guess(*member.value, here);
      } else if (member.key->text != "parameters" && member.key->text != "machine") {
        read(*member.value, parameters, here, depth + 1);
      }
    }
  }

  // What a workflow gives to a parameter of a job or an executor.
  void guess(const Node& value, const std::string& path) {
    Found found = found_in(tree_, value, "circleci", path);
    found.occurrence_class = image::Class::guessed;
    if (placeholders_in(found.value.text()).empty()) add_found(std::move(found), out_);
  }

  void read_containers(const Node& containers, const Node* parameters, const std::string& path) {
    for (std::size_t i = 0; i < containers.children.size(); ++i) {
      const Node& container = Tree::resolve(*containers.children[i]);
      const Node* image = tree_.find(container, "image");
      if (image == nullptr || !image->is_scalar() || image->is_null()) continue;
      Found found = found_in(tree_, *image, "circleci", json_pointer(json_pointer(path, i), "image"));
      substitute_in(found, {"parameter", bytes_, find_parameter},
                    [&](std::string_view name) { return default_of(name, parameters); });
      add_found(std::move(found), out_);
    }
  }

  [[nodiscard]] std::optional<MappedText> default_of(std::string_view name, const Node* parameters) const {
    constexpr std::string_view kPipeline = "pipeline.parameters.";
    constexpr std::string_view kOwn = "parameters.";
    const Node* scope = nullptr;
    if (name.starts_with(kPipeline)) {
      scope = pipeline_;
      name.remove_prefix(kPipeline.size());
    } else if (name.starts_with(kOwn)) {
      scope = parameters == pipeline_ ? nullptr : parameters;
      name.remove_prefix(kOwn.size());
    }
    const Node* parameter = scope == nullptr ? nullptr : tree_.find_mapping(*scope, name);
    return parameter == nullptr ? std::nullopt : value_in(tree_, tree_.find(*parameter, "default"));
  }

  std::string_view bytes_;
  const Tree& tree_;
  image::Collected& out_;
  const Node* pipeline_ = nullptr;
  std::set<std::pair<const Node*, const Node*>> visited_;
};

}  // namespace

Claim claim_circleci(std::string_view path) {
  const bool inside = path.starts_with(".circleci/") || path.find("/.circleci/") != std::string_view::npos;
  if (!is_yaml_name(path) || !inside) return Claim::none;
  const std::string_view folder = folder_of_path(path);
  const bool is_config = name_of_path(path).starts_with("config.") && folder.ends_with(".circleci");
  return is_config ? Claim::declared : Claim::possible;
}

image::Collected collect_circleci(const Source& source, const Files&) {
  return collect_documents(
      source, [&](const Node& root, image::Collected& out) { Configuration(source, out).read_root(root); });
}

}  // namespace lock::collect
