#include "resolver/collect/bitbucket.hpp"

#include <set>

#include "resolver/collect/documents.hpp"
#include "resolver/collect/found.hpp"

namespace lock::collect {
namespace {

constexpr int kMostDepth = 64;
constexpr std::string_view kDocker = "docker://";

class Pipelines {
 public:
  Pipelines(const Tree& tree, image::Collected& out) : tree_(tree), out_(out) {}

  void read(const Node& node, const std::string& path, int depth) {
    if (depth > kMostDepth || node.is_scalar() || !visited_.insert(&node).second) return;
    if (node.is_sequence()) {
      for (std::size_t i = 0; i < node.children.size(); ++i) {
        read(Tree::resolve(*node.children[i]), json_pointer(path, i), depth + 1);
      }
      return;
    }
    for (const Member& member : tree_.members(node)) {
      const std::string_view key = member.key->text;
      const std::string here = json_pointer(path, key);
      if (key == "image") {
        const Node* name = member.value->is_mapping() ? tree_.find(*member.value, "name") : member.value;
        if (name != nullptr) add(*name, member.value->is_mapping() ? json_pointer(here, "name") : here);
      } else if (key == "pipe") {
        if (member.value->text.starts_with(kDocker)) add(*member.value, here);
      } else if (key != "variables") {
        read(*member.value, here, depth + 1);
      }
    }
  }

 private:
  void add(const Node& scalar, std::string path) {
    if (!scalar.is_string()) return;
    Found found = found_in(tree_, scalar, "bitbucket", std::move(path));
    if (found.written.text().starts_with(kDocker)) found.value = found.written = found.written.slice(kDocker.size());
    add_found(std::move(found), out_);
  }

  const Tree& tree_;
  image::Collected& out_;
  std::set<const Node*> visited_;
};

}  // namespace

Claim claim_bitbucket(std::string_view path) {
  const std::string_view name = name_of_path(path);
  if (name == "bitbucket-pipelines.yml" || name == "bitbucket-pipelines.yaml") return Claim::declared;
  const bool fits = is_yaml_name(name) && name.find("bitbucket-pipelines") != std::string_view::npos;
  return fits ? Claim::possible : Claim::none;
}

image::Collected collect_bitbucket(const Source& source, const Files&) {
  return collect_documents(
      source, [&](const Node& root, image::Collected& out) { Pipelines(source.tree(), out).read(root, "", 0); });
}

}  // namespace lock::collect
