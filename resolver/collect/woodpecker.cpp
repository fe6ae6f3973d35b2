#include "resolver/collect/woodpecker.hpp"

#include <array>

#include "resolver/collect/documents.hpp"
#include "resolver/collect/found.hpp"

namespace lock::collect {
namespace {

enum class Tool : std::uint8_t { woodpecker, crow, vela, drone };

struct Home {
  std::string_view file;    // its pipeline, without the extension
  std::string_view folder;  // of pipelines; empty: it has none
};
constexpr Home kHomes[] = {
    {".woodpecker", ".woodpecker/"}, {".crow", ".crow/"}, {".vela", ""}, {".drone", ""}};  // in the order of Tool

bool lies_below(std::string_view path, std::string_view folder) {
  for (std::size_t at = path.find(folder); at != std::string_view::npos; at = path.find(folder, at + 1)) {
    if (at == 0 || path[at - 1] == '/') return true;
  }
  return false;
}

std::optional<Tool> tool_of(std::string_view path) {
  if (!is_yaml_name(path)) return std::nullopt;
  const std::string_view name = name_of_path(path);
  const std::string_view stem = name.substr(0, name.rfind('.'));
  for (std::size_t i = 0; i < std::size(kHomes); ++i) {
    const auto& [file, folder] = kHomes[i];
    if (stem == file || (!folder.empty() && lies_below(path, folder))) return static_cast<Tool>(i);
  }
  return std::nullopt;
}

class Workflow {
 public:
  Workflow(const Tree& tree, Tool tool, image::Collected& out) : tree_(tree), tool_(tool), out_(out) {}

  void read(const Node& root) {
    if (tool_ == Tool::drone && !runs_containers(root)) return;
    for (const std::string_view key : {"steps", "pipeline", "services", "clone"}) {
      if (tool_ == Tool::drone && (key == "pipeline" || key == "clone")) continue;
      if (const Node* steps = tree_.find(root, key)) read_steps(*steps, json_pointer("", key));
    }
    if (tool_ == Tool::vela) read_vela(root);
  }

 private:
  [[nodiscard]] bool runs_containers(const Node& root) const {
    const std::string_view type = tree_.find_text(root, "type");
    const bool containers = type.empty() || type == "docker" || type == "kubernetes";
    return containers && tree_.find_text(root, "kind") == "pipeline";
  }

  void read_vela(const Node& root) {
    if (const Node* stages = tree_.find_mapping(root, "stages")) {
      for (const Member& stage : tree_.members(*stages)) {
        const Node* steps = tree_.find_sequence(*stage.value, "steps");
        const std::string path = json_pointer(json_pointer("", "stages"), stage.key->text);
        if (steps != nullptr) read_steps(*steps, json_pointer(path, "steps"));
      }
    }
    const Node* secrets = tree_.find_sequence(root, "secrets");
    if (secrets == nullptr) return;
    for (std::size_t i = 0; i < secrets->children.size(); ++i) {
      const Node* origin = tree_.find_mapping(Tree::resolve(*secrets->children[i]), "origin");
      const std::string path = json_pointer(json_pointer("", "secrets"), i);
      if (origin != nullptr) read_step(*origin, json_pointer(path, "origin"));
    }
  }

  void read_steps(const Node& steps, const std::string& path) {
    if (steps.is_sequence()) {
      for (std::size_t i = 0; i < steps.children.size(); ++i) {
        read_step(Tree::resolve(*steps.children[i]), json_pointer(path, i));
      }
    }
    for (const Member& member : tree_.members(steps)) read_step(*member.value, json_pointer(path, member.key->text));
  }

  void read_step(const Node& step, const std::string& path) {
    const Node* image = tree_.find(step, "image");
    if (image == nullptr || !image->is_scalar() || image->is_null()) return;
    if (tool_ == Tool::woodpecker && image->text == "dummy") return;
    add_found(
        found_in(tree_, *image, kHomes[static_cast<std::size_t>(tool_)].file.substr(1), json_pointer(path, "image")),
        out_);
  }

  const Tree& tree_;
  Tool tool_;
  image::Collected& out_;
};

}  // namespace

Claim claim_woodpecker(std::string_view path) {
  const auto tool = tool_of(path);
  if (!tool) return Claim::none;
  return name_of_path(path).starts_with('.') ? Claim::declared : Claim::possible;
}

image::Collected collect_woodpecker(const Source& source, const Files&) {
  const auto tool = tool_of(source.name());
  if (!tool) return {};
  return collect_documents(
      source, [&](const Node& root, image::Collected& out) { Workflow(source.tree(), *tool, out).read(root); });
}

}  // namespace lock::collect
