#include "resolver/collect/devcontainer.hpp"

#include <algorithm>

#include "resolver/collect/compose.hpp"
#include "resolver/collect/dockerfile.hpp"
#include "resolver/collect/documents.hpp"
#include "resolver/collect/found.hpp"

namespace lock::collect {
namespace {

void append(image::Collected part, image::Collected& out) {
  std::ranges::move(part.occurrences, std::back_inserter(out.occurrences));
  std::ranges::move(part.problems, std::back_inserter(out.problems));
}

// `build.dockerfile`; older files have `dockerFile` at the top, with or without `build`.
void read_build(const Source& source, const Node& root, const Files& files, image::Collected& out) {
  const Tree& tree = source.tree();
  const Node* build = tree.find_mapping(root, "build");
  std::string_view name = tree.find_text(root, "dockerFile");
  for (const std::string_view key : {"dockerfile", "dockerFile"}) {
    if (name.empty() && build != nullptr) name = tree.find_text(*build, key);
  }
  const auto path = join_path(folder_of_path(source.path()), name);
  if (name.empty() || !path) return;
  DockerfileBuild from;
  const Node* arguments = build == nullptr ? nullptr : tree.find_mapping(*build, "args");
  for (const Member& member : arguments == nullptr ? std::vector<Member>{} : tree.members(*arguments)) {
    if (!member.value->is_scalar() || member.value->is_null()) continue;
    MappedText value = tree.decode(*member.value);
    if (placeholders_in(value.text()).empty()) from.arguments[std::string(member.key->text)] = std::move(value);
  }
  if (from.arguments.empty() && claim_dockerfile(*path) != Claim::none) return;
  const SourceText* dockerfile = files.find(*path);
  if (dockerfile == nullptr) return;
  if (build != nullptr) from.target = std::string(tree.find_text(*build, "target"));
  from.format = "devcontainer";
  append(collect_named_dockerfile(*dockerfile, from), out);
}

// `dockerComposeFile`, one or a list: under its own name the file is read as what it is.
void read_compose(const Source& source, const Node& root, const Files& files, image::Collected& out) {
  const Tree& tree = source.tree();
  const Node* named = tree.find(root, "dockerComposeFile");
  if (named == nullptr) return;
  const auto read = [&](const Node& one) {
    const auto path = one.is_scalar() ? join_path(folder_of_path(source.path()), one.text) : std::nullopt;
    if (!path || claim_compose(*path) != Claim::none) return;
    const SourceText* text = files.find(*path);
    if (text != nullptr) append(collect_compose(Source(*path, std::string(text->bytes())), files), out);
  };
  if (!named->is_sequence()) return read(*named);
  each_item(*named, "", [&](const Node& one, const std::string&) { read(one); });
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
  read_build(source, root, files, out);
  read_compose(source, root, files, out);
  return out;
}

}  // namespace lock::collect
