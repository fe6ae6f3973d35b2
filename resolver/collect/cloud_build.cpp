#include "resolver/collect/cloud_build.hpp"

#include "resolver/base/text.hpp"
#include "resolver/collect/documents.hpp"
#include "resolver/collect/found.hpp"
#include "resolver/collect/substitution.hpp"

namespace lock::collect {
namespace {

bool is_name_character(char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

// $NAME, ${NAME}; `$$` is a dollar.
std::optional<Placeholder> find_substitution(std::string_view text, std::size_t at) {
  if (text[at] != '$' || at + 1 >= text.size()) return std::nullopt;
  if (text[at + 1] == '$') return Placeholder{at + 2, {}};
  const bool braces = text[at + 1] == '{';
  const std::size_t begin = at + (braces ? 2 : 1);
  std::size_t end = begin;
  while (end < text.size() && is_name_character(text[end])) ++end;
  if (end == begin || (braces && (end == text.size() || text[end] != '}'))) return std::nullopt;
  return Placeholder{end + (braces ? 1 : 0), text.substr(begin, end - begin)};
}

class Build {
 public:
  Build(const Source& source, const Node& root, image::Collected& out)
      : bytes_(source.bytes()),
        tree_(source.tree()),
        out_(out),
        substitutions_(tree_.find_mapping(root, "substitutions")) {}

  void read_steps(const Node& steps) {
    const std::string path = json_pointer("", "steps");
    for (std::size_t i = 0; i < steps.children.size(); ++i) {
      const Node& step = Tree::resolve(*steps.children[i]);
      const Node* name = tree_.find(step, "name");
      if (name == nullptr || !name->is_scalar() || name->is_null()) continue;
      Found found = found_in(tree_, *name, "cloud-build", json_pointer(json_pointer(path, i), "name"));
      substitute_in(found, {"substitution", bytes_, find_substitution},
                    [this](std::string_view each) { return default_of(each); });
      add_found(std::move(found), out_);
    }
  }

 private:
  [[nodiscard]] std::optional<MappedText> default_of(std::string_view name) const {
    return substitutions_ == nullptr ? std::nullopt : value_in(tree_, tree_.find(*substitutions_, name));
  }

  std::string_view bytes_;
  const Tree& tree_;
  image::Collected& out_;
  const Node* substitutions_;
};

bool has_cloud_build_name(std::string_view path) {
  return base::to_lower(name_of_path(path)).find("cloudbuild") != std::string::npos;
}

// A build under another name: steps that are all named, one at least by an image of a registry, and none of them a step
// of Woodpecker's, GitHub's or Azure's.
bool looks_like_build(const Tree& tree, const Node& root, const Node& steps) {
  if (tree.find(root, "apiVersion") != nullptr || tree.find(root, "kind") != nullptr) return false;
  bool names_registry = false;
  for (const Node* child : steps.children) {
    const Node& step = Tree::resolve(*child);
    for (const std::string_view other : {"image", "uses", "run", "commands", "task"}) {
      if (tree.find(step, other) != nullptr) return false;
    }
    const std::string_view name = tree.find_text(step, "name");
    if (name.empty()) return false;
    const std::size_t slash = name.find('/');
    names_registry = names_registry || (slash != std::string_view::npos && name.substr(0, slash).find('.') < slash &&
                                        name.find_first_of(" \t") == std::string_view::npos);
  }
  return names_registry;
}

}  // namespace

// cloudbuild.yaml is the name that the tool looks for; others are given on its command line.
Claim claim_cloud_build(std::string_view path) {
  const char last = path.empty() ? '\0' : path.back();
  if (last != 'l' && last != 'L' && last != 'n' && last != 'N') return Claim::none;  // .yml, .yaml, .json
  const std::string name = base::to_lower(name_of_path(path));
  if (name == "cloudbuild.yaml" || name == "cloudbuild.yml" || name == "cloudbuild.json") return Claim::declared;
  return claim_yaml_or_json(name);
}

image::Collected collect_cloud_build(const Source& source, const Files&) {
  return collect_documents(source, [&](const Node& root, image::Collected& out) {
    const Node* steps = source.tree().find_sequence(root, "steps");
    if (steps == nullptr) return;
    if (!has_cloud_build_name(source.name()) && !looks_like_build(source.tree(), root, *steps)) return;
    Build(source, root, out).read_steps(*steps);
  });
}

}  // namespace lock::collect
