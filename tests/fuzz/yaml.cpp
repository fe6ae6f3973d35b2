// YAML and JSON: every scalar's bytes decode to its value, and nothing points outside of the file.
#include <cstdint>
#include <string>

#include "resolver/collect/tree.hpp"
#include "tests/fuzz/check_collected.hpp"

namespace {

using lock::collect::MappedText;
using lock::collect::Node;
using lock::collect::SourceText;
using lock::collect::Tree;

void visit(const Tree& tree, const SourceText& source, const Node& node) {
  lock::fuzz::require(node.span.begin <= node.span.end && node.span.end <= source.bytes().size());
  if (node.is_scalar()) {
    const MappedText text = tree.decode(node);
    if (!tree.templated()) lock::fuzz::require(text.text() == node.text);
    for (const auto& origin : text.ranges(0, text.size())) {
      lock::fuzz::require(origin.bytes.end <= source.bytes().size());
    }
    const MappedText half = text.slice(text.size() / 2);
    lock::fuzz::require(half.text() == text.text().substr(text.size() / 2));
  }
  if (node.is_mapping()) static_cast<void>(tree.members(node));
  for (const Node* child : node.children) visit(tree, source, *child);
}

void read(const Tree& tree, const SourceText& source) {
  for (const Node* document : tree.documents()) visit(tree, source, *document);
  if (tree.failure()) static_cast<void>(source.lines().place(source.path(), tree.failure()->span));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const SourceText source("a.yaml", std::string(reinterpret_cast<const char*>(data), size));
  read(*Tree::read_yaml(source), source);
  read(*Tree::read_json(source), source);
  const MappedText whole = MappedText::whole(source);
  const auto embedded = Tree::read_embedded(whole);
  for (const Node* document : embedded->documents()) {
    for (const Node* child : document->children) static_cast<void>(embedded->decode(*child));
  }
  return 0;
}
