#include "resolver/collect/devcontainer.hpp"

#include <algorithm>

#include "resolver/collect/dockerfile.hpp"
#include "resolver/collect/found.hpp"

namespace lock::collect {
namespace {

// Images of the Dockerfile whose text comes from the arguments. Those that do not are the Dockerfile's own.
void read_build(const Source& source, const Node& build, const Files& files, image::Collected& out) {
  const Tree& tree = source.tree();
  const Node* arguments = tree.find_mapping(build, "args");
  std::string_view name = tree.find_text(build, "dockerfile");
  if (name.empty()) name = tree.find_text(build, "dockerFile");
  const auto path = join_path(folder_of_path(source.path()), name);
  const SourceText* dockerfile = arguments != nullptr && !name.empty() && path ? files.find(*path) : nullptr;
  if (dockerfile == nullptr) return;
  DockerfileBuild from;
  for (const Member& member : tree.members(*arguments)) {
    if (!member.value->is_scalar() || member.value->is_null()) continue;
    MappedText value = tree.decode(*member.value);
    if (placeholders_in(value.text()).empty()) from.arguments[std::string(member.key->text)] = std::move(value);
  }
  from.target = std::string(tree.find_text(build, "target"));
  from.format = "devcontainer";
  for (image::Occurrence& occurrence : collect_dockerfile(MappedText::whole(*dockerfile), from).occurrences) {
    const bool ours =
        std::ranges::any_of(occurrence.slots, [&](const image::Slot& slot) { return slot.file == source.path(); });
    if (ours) out.occurrences.push_back(std::move(occurrence));
  }
}

}  // namespace

Claim claim_devcontainer(std::string_view path) {
  const std::string_view name = name_of_path(path);
  return name == "devcontainer.json" || name == ".devcontainer.json" ? Claim::declared : Claim::none;
}

image::Collected collect_devcontainer(const Source& source, const Files& files) {
  image::Collected out;
  const Tree& tree = source.tree();
  if (tree.documents().empty()) return out;
  const Node& root = Tree::resolve(*tree.documents().front());
  const Node* image = tree.find(root, "image");
  if (image != nullptr && image->is_scalar() && !image->is_null()) {
    add_found(found_in(tree, *image, "devcontainer", "/image"), out);
  }
  if (const Node* build = tree.find_mapping(root, "build")) read_build(source, *build, files, out);
  return out;
}

}  // namespace lock::collect
