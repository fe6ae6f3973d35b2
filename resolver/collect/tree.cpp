#include "resolver/collect/tree.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <memory_resource>
#include <new>
#include <unordered_set>
#include <utility>

#include "resolver/base/text.hpp"
#include "resolver/collect/scalar.hpp"
#include "resolver/collect/tree_limits.hpp"

namespace lock::collect {
namespace {

constexpr std::string_view kMerge = "<<";
constexpr int kMostMerges = 100;

image::Style style_of(ScalarStyle style) {
  switch (style) {
    case ScalarStyle::plain: return image::Style::plain;
    case ScalarStyle::single_quoted: return image::Style::single_quoted;
    case ScalarStyle::literal: return image::Style::literal;
    case ScalarStyle::folded: return image::Style::folded;
    default: return image::Style::double_quoted;
  }
}

bool is_merge(const Node& key) { return key.is_scalar() && key.style == ScalarStyle::plain && key.text == kMerge; }

bool is_number(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return false;
  if (text == ".inf" || text == ".Inf" || text == ".INF" || text == ".nan" || text == ".NaN" || text == ".NAN") {
    return true;
  }
  if (text.starts_with("0x") || text.starts_with("0o")) {
    return text.size() > 2 && text.find_first_not_of("0123456789abcdefABCDEF_", 2) == std::string_view::npos;
  }
  bool digit = false;
  bool point = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c >= '0' && c <= '9') {
      digit = true;
    } else if (c == '.' && !point) {
      point = true;
    } else if ((c == 'e' || c == 'E') && digit && i + 1 < text.size()) {
      std::string_view exponent = text.substr(i + 1);
      if (exponent.starts_with('-') || exponent.starts_with('+')) exponent.remove_prefix(1);
      return !exponent.empty() && exponent.find_first_not_of("0123456789") == std::string_view::npos;
    } else if (c != '_' || i == 0) {
      return false;
    }
  }
  return digit;
}

}  // namespace

bool Node::is_null() const {
  if (kind == NodeKind::alias) return target == nullptr;
  return is_scalar() && style == ScalarStyle::plain &&
         (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL");
}

bool Node::is_string() const {
  if (!is_scalar() || is_null()) return false;
  if (style != ScalarStyle::plain || tag == "tag:yaml.org,2002:str") return true;
  const std::string lower = base::to_lower(text);
  return lower != "true" && lower != "false" && !is_number(text);
}

bool is_wide(std::string_view bytes) {
  return bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff") ||
         bytes.starts_with(std::string_view("\0", 1)) || (bytes.size() > 1 && bytes[1] == '\0');
}

// What libyaml refuses without saying where, or does not refuse.
std::optional<Tree::Trouble> refuse_bytes(std::string_view bytes) {
  if (bytes.size() > kMostBytes) return Tree::Trouble{"larger than 64 MiB", "", {0, 0}};
  const std::string_view hint = "save it as UTF-8";
  if (is_wide(bytes)) {
    return Tree::Trouble{"the text is UTF-16 or UTF-32, expected UTF-8", std::string(hint), {0, 0}};
  }
  if (const std::size_t at = bytes.find('\0'); at != std::string_view::npos) {
    return Tree::Trouble{"there is a NUL byte, expected text", "", {at, at + 1}};
  }
  if (const auto at = base::find_invalid_utf8(bytes)) {
    return Tree::Trouble{"the text is not UTF-8 here", std::string(hint), {*at, *at + 1}};
  }
  return std::nullopt;
}

Tree::~Tree() = default;

std::string_view Tree::keep(std::string_view text) {
  if (text.empty()) return {};
  char* to = static_cast<char*>(memory_.allocate(text.size(), 1));
  std::memcpy(to, text.data(), text.size());
  return {to, text.size()};
}

std::span<const Node* const> Tree::keep(const std::vector<const Node*>& nodes) {
  if (nodes.empty()) return {};
  const std::size_t size = nodes.size() * sizeof(const Node*);
  auto* to = static_cast<const Node**>(memory_.allocate(size, alignof(const Node*)));
  std::memcpy(static_cast<void*>(to), static_cast<const void*>(nodes.data()), size);
  return {to, nodes.size()};
}

Node* Tree::make() {
  ++nodes_;
  return new (memory_.allocate(sizeof(Node), alignof(Node))) Node;
}

const Node& Tree::resolve(const Node& node) {
  return node.kind == NodeKind::alias && node.target != nullptr ? *node.target : node;
}

const Node* Tree::find(const Node& node, std::string_view key) const {
  const Node& mapping = resolve(node);
  if (!mapping.is_mapping()) return nullptr;
  bool merges = false;
  const auto& children = mapping.children;
  for (std::size_t i = children.size(); i >= 2; i -= 2) {
    const Node& name = resolve(*children[i - 2]);
    if (name.is_scalar() && name.text == key) return &resolve(*children[i - 1]);
    merges = merges || is_merge(*children[i - 2]);
  }
  if (!merges) return nullptr;
  for (const Member& member : members(mapping)) {
    if (member.key->text == key) return member.value;
  }
  return nullptr;
}

const Node* Tree::find_mapping(const Node& node, std::string_view key) const {
  const Node* found = find(node, key);
  return found != nullptr && found->is_mapping() ? found : nullptr;
}

const Node* Tree::find_sequence(const Node& node, std::string_view key) const {
  const Node* found = find(node, key);
  return found != nullptr && found->is_sequence() ? found : nullptr;
}

std::string_view Tree::find_text(const Node& node, std::string_view key) const {
  const Node* found = find(node, key);
  return found != nullptr && found->is_scalar() ? found->text : std::string_view{};
}

// The members that were found so far, and which names stand among the first ones.
struct Tree::Merging {
  std::vector<Member> found;
  std::unordered_set<std::string_view> names;
  std::size_t named = 0;  // members whose names are in `names`

  // Whether one of the first `count` members has this name; `count` never shrinks, for a merge comes after its mapping.
  bool holds(std::string_view name, std::size_t count) {
    for (; named < count; ++named) names.insert(found[named].key->text);
    return names.contains(name);
  }
};

void Tree::collect_members(const Node& node, Merging& merging, int depth) const {
  std::vector<Member>& found = merging.found;
  const auto& children = node.children;
  const std::size_t before = found.size();
  for (std::size_t i = 0; i + 1 < children.size(); i += 2) {
    if (budget_ == 0) return;
    --budget_;
    const Node& key = resolve(*children[i]);
    if (!key.is_scalar() || is_merge(*children[i])) continue;
    // What an outer mapping says hides what it merges; of equal keys in one mapping the last one counts.
    if (depth > 0 && merging.holds(key.text, before)) continue;
    found.push_back({&key, &resolve(*children[i + 1])});
  }
  if (depth >= kMostMerges) return;
  for (std::size_t i = 0; i + 1 < children.size(); i += 2) {
    if (!is_merge(*children[i])) continue;
    const Node& merged = resolve(*children[i + 1]);
    if (merged.is_mapping()) collect_members(merged, merging, depth + 1);
    if (!merged.is_sequence()) continue;
    for (const Node* item : merged.children) {
      if (budget_ == 0) return;
      --budget_;
      if (resolve(*item).is_mapping()) collect_members(resolve(*item), merging, depth + 1);
    }
  }
}

std::vector<Member> Tree::members(const Node& node) const {
  Merging merging;
  const Node& mapping = resolve(node);
  if (mapping.is_mapping()) collect_members(mapping, merging, 0);
  return std::move(merging.found);
}

void Tree::check_duplicates(const Node& mapping) {
  constexpr std::size_t kMostWarnings = 20;
  if (warnings_.size() >= kMostWarnings || mapping.children.size() < 4) return;
  std::vector<const Node*> keys;
  for (std::size_t i = 0; i < mapping.children.size(); i += 2) {
    if (mapping.children[i]->is_scalar() && !is_merge(*mapping.children[i])) keys.push_back(mapping.children[i]);
  }
  std::stable_sort(keys.begin(), keys.end(), [](const Node* a, const Node* b) { return a->text < b->text; });
  for (std::size_t i = 1; i < keys.size() && warnings_.size() < kMostWarnings; ++i) {
    if (keys[i]->text != keys[i - 1]->text) continue;
    warnings_.push_back({"the key '" + base::harmless(keys[i]->text, 80) + "' stands here twice; the last one counts",
                         "take one of them out", keys[i]->span, "duplicate-key"});
  }
}

MappedText Tree::decode(const Node& node) const {
  MappedText out;
  const Node& scalar = resolve(node);
  if (!scalar.is_scalar()) return out;
  const image::Style style = style_of(scalar.style);
  const bool as_written = !scalar.text.empty() && scalar.text.size() == scalar.span.size() &&
                          scalar.text.data() == bytes().data() + scalar.span.begin;
  if (as_written && embedded_ == nullptr) return MappedText::verbatim(*source_, scalar.span, style);
  if (embedded_ != nullptr) {
    const auto pieces = pieces_of(bytes(), scalar.span, scalar.style, scalar.text);
    for (const ScalarPiece& piece : pieces) {
      const MappedText part = embedded_->slice(piece.bytes.begin, piece.bytes.end);
      piece.decoded ? out.append_decoded(*piece.decoded, part) : out.append(part);
    }
    if (pieces.empty()) out.append_decoded(scalar.text, embedded_->slice(scalar.span.begin, scalar.span.end));
    return out;
  }
  const auto pieces = pieces_of(bytes(), scalar.span, scalar.style, scalar.text);
  for (const ScalarPiece& piece : pieces) {
    if (piece.decoded) {
      out.append_decoded(*piece.decoded, *source_, piece.bytes, style);
    } else {
      out.append_verbatim(*source_, piece.bytes, style);
    }
  }
  if (pieces.empty()) {
    // Never what a mask means: a template's expression must stay visible.
    out.append_decoded(templated() ? original_.substr(scalar.span.begin, scalar.span.size()) : scalar.text, *source_,
                       scalar.span, style);
  }
  return out;
}

}  // namespace lock::collect
