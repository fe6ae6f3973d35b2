// What collectors of YAML and JSON files have in common: the names that they want, and a run over the documents.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "resolver/collect/collector.hpp"
#include "resolver/collect/found.hpp"

namespace lock::collect {

[[nodiscard]] inline bool is_yaml_name(std::string_view path) {
  return path.ends_with(".yaml") || path.ends_with(".yml");
}

// For formats that only a file's contents tell.
[[nodiscard]] inline Claim claim_yaml_or_json(std::string_view path) {
  return is_yaml_name(path) || path.ends_with(".json") ? Claim::possible : Claim::none;
}

// `read` takes the root of a document, and what to add to.
template <typename Read>
[[nodiscard]] image::Collected collect_documents(const Source& source, const Read& read) {
  image::Collected out;
  for (const Node* document : source.tree().documents()) read(Tree::resolve(*document), out);
  return out;
}

// `read` takes each item of a sequence and its path.
template <typename Read>
void each_item(const Node& sequence, const std::string& path, const Read& read) {
  for (std::size_t i = 0; i < sequence.children.size(); ++i) {
    read(Tree::resolve(*sequence.children[i]), json_pointer(path, i));
  }
}

// The text of a scalar that gives a variable its value; nothing for null, for an empty text and for other nodes.
[[nodiscard]] inline std::optional<MappedText> value_in(const Tree& tree, const Node* node) {
  if (node == nullptr || !node->is_scalar() || node->is_null()) return std::nullopt;
  MappedText text = tree.decode(*node);
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

// A descent through a document that aliases make a graph: each collection is entered once, none deeper than 64.
class TreeWalk {
 public:
  // `read` takes the mapping that `node` is, or those in its sequences, with their paths and depths.
  template <typename Read>
  void mappings(const Node& node, const std::string& path, int depth, const Read& read) {
    if (depth > 64 || node.is_scalar() || !visited_.insert(&node).second) return;
    if (node.is_mapping()) return read(node, path, depth);
    each_item(node, path, [&](const Node& item, const std::string& at) { mappings(item, at, depth + 1, read); });
  }

 private:
  std::set<const Node*> visited_;
};

}  // namespace lock::collect
