// The tree of a YAML or JSON file: what is written, where, and nothing interpreted.
//
// YAML comes from libyaml's event interface; what libyaml does not do is done here, and the tree is the same for
// JSON. Scalars are text: `1.10` is four characters. Aliases stay nodes that point at their anchor, so that a bomb of
// them costs nothing; `find` and `members` follow them and merge keys (`<<`) within a budget. Undefined aliases,
// anchors that contain themselves and duplicate keys are reported. Deeper nesting than 100, more than two million
// nodes or 64 MiB, NUL, UTF-16 and bad UTF-8 are refused with a place. A document that breaks in the middle keeps what
// was read before, and the documents behind it (a line `---`) are read, 10,000 of them at most.
//
// A file with template expressions ({{ }}, {% %}) that is not YAML by itself is read with the expressions masked:
// each counts as some text, a line of nothing else as a comment. Decoded text has the expressions as written.
//
// Nodes live as long as their Tree, which points at its SourceText. A const Tree is not safe to share: it counts.
#pragma once

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/collect/mapped_text.hpp"

namespace lock::collect {

enum class NodeKind : std::uint8_t { scalar, sequence, mapping, alias };
enum class ScalarStyle : std::uint8_t { plain, single_quoted, double_quoted, literal, folded, json };

struct Node {
  NodeKind kind = NodeKind::scalar;
  ScalarStyle style = ScalarStyle::plain;
  bool flow = false;      // a collection in [ ] or { }
  Span span;              // bytes of the file, without tag and anchor, with quotes and block header
  std::string_view text;  // of a scalar: its value (masked expressions stay masked); of an alias: the anchor's name
  std::string_view tag;   // as the document resolves it, e.g. "!reference"; empty when none is written
  std::span<const Node* const> children;  // items, or key, value, key, value
  const Node* target = nullptr;           // of an alias; null when its anchor is not defined

  [[nodiscard]] bool is_mapping() const { return kind == NodeKind::mapping; }
  [[nodiscard]] bool is_sequence() const { return kind == NodeKind::sequence; }
  [[nodiscard]] bool is_scalar() const { return kind == NodeKind::scalar; }
  [[nodiscard]] bool is_null() const;    // `null`, `~` or nothing, unquoted
  [[nodiscard]] bool is_string() const;  // a scalar that no YAML 1.1 or 1.2 reader takes for null, boolean or number
};

struct Member {
  const Node* key = nullptr;
  const Node* value = nullptr;  // aliases resolved
};

class Tree {
 public:
  struct Trouble {
    std::string message;
    std::string hint;
    Span span;
    std::string_view check = "unreadable-file";
  };

  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree();
  [[nodiscard]] static std::unique_ptr<Tree> read_yaml(const SourceText& source);
  [[nodiscard]] static std::unique_ptr<Tree> read_json(const SourceText& source);  // comments allowed: JSONC
  // YAML inside of decoded text, e.g. an annotation. Its nodes' spans are offsets of `text`, which must outlive it.
  [[nodiscard]] static std::unique_ptr<Tree> read_embedded(const MappedText& text);

  [[nodiscard]] const std::vector<const Node*>& documents() const { return documents_; }
  [[nodiscard]] const std::optional<Trouble>& failure() const { return failure_; }  // why reading ended early
  // The same of further documents: one that cannot be read costs no other.
  [[nodiscard]] const std::vector<Trouble>& later_failures() const { return later_failures_; }
  [[nodiscard]] const std::vector<Trouble>& warnings() const { return warnings_; }  // duplicate keys, lost aliases
  [[nodiscard]] bool templated() const { return !masked_.empty(); }
  [[nodiscard]] bool exhausted() const { return budget_ == 0; }  // following aliases was given up

  // The value behind an alias; any other node itself.
  [[nodiscard]] static const Node& resolve(const Node& node);
  // The value of a key, through merge keys; null when there is none or `node` is no mapping. The last of equal keys.
  [[nodiscard]] const Node* find(const Node& node, std::string_view key) const;
  [[nodiscard]] const Node* find_mapping(const Node& node, std::string_view key) const;
  [[nodiscard]] const Node* find_sequence(const Node& node, std::string_view key) const;
  [[nodiscard]] std::string_view find_text(const Node& node, std::string_view key) const;  // "" when no scalar
  // Own members in the order of the file, then those that merge keys bring and no own key hides.
  [[nodiscard]] std::vector<Member> members(const Node& node) const;
  // A scalar with the bytes behind it. Empty for other nodes.
  [[nodiscard]] MappedText decode(const Node& node) const;

 private:
  friend class YamlReader;
  friend class JsonReader;
  Tree() = default;
  struct Merging;
  void collect_members(const Node& node, Merging& merging, int depth) const;
  void check_duplicates(const Node& mapping);
  [[nodiscard]] std::string_view keep(std::string_view text);
  [[nodiscard]] std::span<const Node* const> keep(const std::vector<const Node*>& nodes);
  [[nodiscard]] Node* make();
  [[nodiscard]] std::string_view bytes() const { return masked_.empty() ? original_ : std::string_view(masked_); }

  const SourceText* source_ = nullptr;
  const MappedText* embedded_ = nullptr;
  std::string_view original_;
  std::string masked_;
  std::pmr::monotonic_buffer_resource memory_;
  std::size_t nodes_ = 0;
  std::vector<const Node*> documents_;
  std::optional<Trouble> failure_;
  std::vector<Trouble> later_failures_;
  std::vector<Trouble> warnings_;
  mutable std::size_t budget_ = 1'000'000;
};

}  // namespace lock::collect
