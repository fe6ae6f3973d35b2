// JSON into a Tree. Not by libyaml, which refuses surrogate pairs and keys over 1,024 characters; not by
// resolver/base/json.hpp, which keeps no places. Comments are allowed (JSONC: devcontainer.json, tsconfig-like files),
// a comma before a closing bracket too; duplicate keys are reported like those of YAML.
#include <algorithm>

#include "resolver/base/text.hpp"
#include "resolver/collect/scalar.hpp"
#include "resolver/collect/tree.hpp"
#include "resolver/collect/tree_limits.hpp"

namespace lock::collect {
class JsonReader {
 public:
  explicit JsonReader(Tree& tree) : tree_(tree), bytes_(tree.bytes()) {}

  void read() {
    if (bytes_.starts_with("\xef\xbb\xbf")) at_ = 3;
    skip_blank();
    if (at_ == bytes_.size()) return;
    if (const Node* root = value(0)) tree_.documents_.push_back(root);
    skip_blank();
    if (at_ < bytes_.size()) fail("text after the end of the JSON value");
  }

 private:
  void fail(const std::string& message) {
    const std::size_t end = std::min(at_ + 1, bytes_.size());
    if (!tree_.failure_) tree_.failure_ = Tree::Trouble{"not JSON: " + message, "", {std::min(at_, end), end}};
  }
  [[nodiscard]] char here() const { return at_ < bytes_.size() ? bytes_[at_] : '\0'; }

  void skip_blank() {
    while (at_ < bytes_.size()) {
      const std::string_view rest = bytes_.substr(at_, 2);
      if (here() == ' ' || here() == '\t' || here() == '\n' || here() == '\r') {
        ++at_;
      } else if (rest == "//") {
        at_ = std::min(bytes_.find('\n', at_), bytes_.size());
      } else if (rest == "/*") {
        const std::size_t end = bytes_.find("*/", at_ + 2);
        at_ = end == std::string_view::npos ? bytes_.size() : end + 2;
      } else {
        return;
      }
    }
  }

  // Null after a failure. A collection that breaks keeps what it had.
  const Node* value(std::size_t depth) {
    if (depth > kMostDepth || tree_.nodes_ >= kMostNodes) {
      fail(depth > kMostDepth ? "nested deeper than 100" : "more than two million nodes");
      return nullptr;
    }
    switch (here()) {
      case '{': return collection(NodeKind::mapping, '}', depth);
      case '[': return collection(NodeKind::sequence, ']', depth);
      case '"': return string();
      default: return literal();
    }
  }

  const Node* collection(NodeKind kind, char close, std::size_t depth) {
    Node* node = tree_.make();
    node->kind = kind;
    node->flow = true;
    node->span.begin = at_++;
    std::vector<const Node*> children;
    while (!tree_.failure_) {
      skip_blank();
      if (here() == close && at_ < bytes_.size()) {
        ++at_;
        break;
      }
      if (!item(kind, children, depth)) break;
      skip_blank();
      if (here() == ',') {
        ++at_;
      } else if (here() != close || at_ >= bytes_.size()) {
        fail(std::string("expected ',' or '") + close + "'");
      }
    }
    if (kind == NodeKind::mapping && children.size() % 2 != 0) children.pop_back();
    node->children = tree_.keep(children);
    node->span.end = at_;
    if (kind == NodeKind::mapping) tree_.check_duplicates(*node);
    return node;
  }

  bool item(NodeKind kind, std::vector<const Node*>& children, std::size_t depth) {
    if (kind == NodeKind::mapping) {
      if (here() != '"') {
        fail("expected a name in quotes");
        return false;
      }
      const Node* key = string();
      if (key == nullptr) return false;
      children.push_back(key);
      skip_blank();
      if (here() != ':') {
        fail("expected ':'");
        return false;
      }
      ++at_;
      skip_blank();
    }
    const Node* child = value(depth + 1);
    if (child != nullptr) children.push_back(child);
    return child != nullptr;
  }

  const Node* string() {
    const std::size_t begin = at_;
    bool escapes = false;
    for (++at_; at_ < bytes_.size() && bytes_[at_] != '"'; ++at_) {
      if (static_cast<unsigned char>(bytes_[at_]) < 0x20) {
        fail("a control character in a string");
        return nullptr;
      }
      if (bytes_[at_] == '\\') {
        escapes = true;
        ++at_;
      }
    }
    if (at_ >= bytes_.size()) {
      at_ = begin;
      fail("a string that does not end");
      return nullptr;
    }
    ++at_;
    Node* node = tree_.make();
    node->style = ScalarStyle::json;
    node->span = {begin, at_};
    node->text = bytes_.substr(begin + 1, at_ - begin - 2);
    if (escapes && !unescape(*node)) return nullptr;
    return node;
  }

  bool unescape(Node& node) {
    std::string text;
    if (!read_json_string(bytes_, node.span, text)) {
      at_ = node.span.begin;
      fail("a string with an escape that JSON does not know");
      return false;
    }
    node.text = tree_.keep(text);
    return true;
  }

  const Node* literal() {
    const std::size_t begin = at_;
    while (at_ < bytes_.size() && std::string_view(" \t\r\n,]}:{[\"/").find(here()) == std::string_view::npos) ++at_;
    const std::string_view text = bytes_.substr(begin, at_ - begin);
    const bool number = !text.empty() && text.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
    if (text != "true" && text != "false" && text != "null" && !number) {
      at_ = begin;
      fail("expected a value");
      return nullptr;
    }
    Node* node = tree_.make();
    node->span = {begin, at_};
    node->text = text;
    return node;
  }

  Tree& tree_;
  std::string_view bytes_;
  std::size_t at_ = 0;
};

std::unique_ptr<Tree> Tree::read_json(const SourceText& source) {
  std::unique_ptr<Tree> tree(new Tree);
  tree->source_ = &source;
  tree->original_ = source.bytes();
  tree->failure_ = refuse_bytes(source.bytes());
  if (!tree->failure_) JsonReader(*tree).read();
  return tree;
}

}  // namespace lock::collect
