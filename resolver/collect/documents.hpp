// What collectors of YAML and JSON files have in common: the names that they want, and a run over the documents.
#pragma once

#include "resolver/collect/collector.hpp"

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

}  // namespace lock::collect
