// YAML into a Tree, over libyaml's event interface. See tree.hpp for what is added to it and why.
#include <yaml.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <string>

#include "resolver/base/text.hpp"
#include "resolver/collect/mask.hpp"
#include "resolver/collect/tree.hpp"
#include "resolver/collect/tree_limits.hpp"

namespace lock::collect {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

namespace {

// libyaml counts code points, without a byte order mark. One entry every `kStep` code points, none for ASCII.
class CodePoints {
 public:
  CodePoints(std::string_view text, std::size_t offset) : text_(text), offset_(offset) {
    const auto high = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
    if (std::none_of(text.begin(), text.end(), high)) return;
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (is_continuation(text[i])) continue;
      if (count++ % kStep == 0) steps_.push_back(i);
    }
  }
  [[nodiscard]] std::size_t byte(std::size_t index) const {
    if (steps_.empty()) return offset_ + std::min(index, text_.size());
    const std::size_t step = std::min(index / kStep, steps_.size() - 1);
    std::size_t at = steps_[step];
    for (std::size_t left = index - step * kStep; left > 0 && at < text_.size(); --left) {
      ++at;
      while (at < text_.size() && is_continuation(text_[at])) ++at;
    }
    return offset_ + at;
  }

 private:
  static constexpr std::size_t kStep = 32;
  static bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }
  std::string_view text_;
  std::size_t offset_;
  std::vector<std::size_t> steps_;
};

struct Parser {
  yaml_parser_t value{};
  Parser() { good = yaml_parser_initialize(&value) != 0; }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  ~Parser() {
    if (good) yaml_parser_delete(&value);
  }
  bool good = false;
};

struct Event {
  yaml_event_t value{};
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&value); }
};

std::string_view view(const yaml_char_t* text) {
  return text == nullptr ? std::string_view{} : std::string_view(reinterpret_cast<const char*>(text));
}

ScalarStyle style_of(yaml_scalar_style_t style) {
  switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: return ScalarStyle::single_quoted;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: return ScalarStyle::double_quoted;
    case YAML_LITERAL_SCALAR_STYLE: return ScalarStyle::literal;
    case YAML_FOLDED_SCALAR_STYLE: return ScalarStyle::folded;
    default: return ScalarStyle::plain;
  }
}

}  // namespace

class YamlReader {
 public:
  explicit YamlReader(Tree& tree)
      : tree_(tree),
        bytes_(tree.bytes()),
        start_(bytes_.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0),
        points_({}, start_) {}

  // The whole stream; and when that breaks, document by document what follows.
  void read() {
    auto broken = read_part({start_, bytes_.size()}, true);
    for (std::size_t count = 0; broken && tree_.nodes_ < kMostNodes; ++count) {
      const std::size_t begin = broken->again ? broken->at : next_document(broken->at);
      if (begin >= bytes_.size()) return;
      if (count == kMostResumed) {
        return fail("the documents from here on were not read: one before them is broken", {begin, begin + 3},
                    "mend the first, and they are");
      }
      const std::size_t end = next_document(begin + 3);
      const auto next = read_part({begin, end}, false);
      broken = Break{next ? std::max(next->at, begin + 3) : end, false};
    }
  }

 private:
  struct Frame {
    Node* node;
    std::vector<const Node*> children;
    std::string anchor;
  };

  // Where reading ended early. `again`: the document that begins there was read in part and is to be read by itself.
  struct Break {
    std::size_t at = 0;
    bool again = false;
  };

  static constexpr std::size_t kMostResumed = 10'000;
  static constexpr std::size_t kMostFailures = 20;

  // The documents of a part of the stream.
  std::optional<Break> read_part(Span part, bool many) {
    Parser parser;
    if (!parser.good) {
      fail("libyaml could not start", {0, 0});
      return std::nullopt;
    }
    const std::string_view text = bytes_.substr(part.begin, part.size());
    points_ = CodePoints(text, part.begin);
    document_ = {part.begin, tree_.documents_.size()};
    broken_.reset();
    yaml_parser_set_encoding(&parser.value, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser.value, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    for (bool more = true; more;) {
      Event event;
      if (yaml_parser_parse(&parser.value, &event.value) == 0) {
        // libyaml looks at characters some documents ahead, so the one that is open may be a good one.
        if (parser.value.error == YAML_READER_ERROR && many) {
          open_.clear();
          tree_.documents_.resize(document_.count);
          return Break{document_.begin, true};
        }
        broken_ = fail_in_parser(parser.value, part.begin);
        break;
      }
      more = take(event.value);
    }
    while (!open_.empty()) close(part.end);  // what a broken document had until here
    return broken_ ? std::optional(Break{*broken_, false}) : std::nullopt;
  }

  // The first line `---` that begins at `from` or later; the end when there is none.
  [[nodiscard]] std::size_t next_document(std::size_t from) const {
    constexpr std::string_view kMarker = "---";
    for (std::size_t at = bytes_.find(kMarker, from); at != std::string_view::npos; at = bytes_.find(kMarker, at + 1)) {
      const bool begins = at == start_ || bytes_[at - 1] == '\n' || bytes_[at - 1] == '\r';
      const std::size_t end = at + kMarker.size();
      if (begins && (end == bytes_.size() || std::strchr(" \t\r\n", bytes_[end]) != nullptr)) return at;
    }
    return bytes_.size();
  }

  void fail(std::string message, Span span, std::string hint = {}) {
    Tree::Trouble trouble{std::move(message), std::move(hint), span};
    if (!tree_.failure_) {
      tree_.failure_ = std::move(trouble);
    } else if (tree_.later_failures_.size() < kMostFailures) {
      tree_.later_failures_.push_back(std::move(trouble));
    }
  }

  std::size_t fail_in_parser(const yaml_parser_t& parser, std::size_t begin) {
    const std::size_t at =
        std::min(bytes_.size(), parser.error == YAML_READER_ERROR ? begin + parser.problem_offset
                                                                  : points_.byte(parser.problem_mark.index));
    std::string message = "not YAML: ";
    message += parser.problem == nullptr ? "it cannot be read" : parser.problem;
    if (parser.context != nullptr) message += std::string(" ") + parser.context;
    fail(std::move(message), {at, std::min(at + 1, bytes_.size())});
    return at;
  }

  Span span_of(const yaml_event_t& event) const {
    return {points_.byte(event.start_mark.index), points_.byte(event.end_mark.index)};
  }

  // libyaml's span of a node begins at its tag or anchor.
  std::size_t after_properties(Span span) const {
    std::size_t at = span.begin;
    while (at < span.end) {
      const char c = bytes_[at];
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        ++at;
      } else if (c == '#') {
        while (at < span.end && bytes_[at] != '\n') ++at;
      } else if (c == '&' || c == '!') {
        while (at < span.end && std::strchr(" \t\r\n", bytes_[at]) == nullptr) ++at;
      } else {
        break;
      }
    }
    return at;
  }

  Node* begin_node(NodeKind kind, Span span, const yaml_char_t* tag, const yaml_char_t* anchor) {
    Node* node = tree_.make();
    node->kind = kind;
    node->span = span;
    if (tag != nullptr || anchor != nullptr) node->span.begin = after_properties(span);
    if (tag != nullptr) node->tag = tree_.keep(view(tag));
    return node;
  }

  void place(const Node* node) {
    if (open_.empty()) {
      tree_.documents_.push_back(node);
    } else {
      open_.back().children.push_back(node);
    }
  }

  void open(NodeKind kind, bool flow, Span span, const yaml_char_t* tag, const yaml_char_t* anchor) {
    Node* node = begin_node(kind, span, tag, anchor);
    node->flow = flow;
    Frame frame{node, {}, std::string(view(anchor))};
    if (anchor != nullptr) anchors_[frame.anchor] = nullptr;  // until it is closed, an alias to it is a loop
    open_.push_back(std::move(frame));
  }

  void close(std::size_t end) {
    Frame frame = std::move(open_.back());
    open_.pop_back();
    if (frame.node->is_mapping() && frame.children.size() % 2 != 0) frame.children.pop_back();
    frame.node->children = tree_.keep(frame.children);
    frame.node->span.end = std::max(end, frame.node->span.begin);
    if (frame.node->is_mapping() && !tree_.templated()) tree_.check_duplicates(*frame.node);
    if (!frame.anchor.empty()) anchors_[frame.anchor] = frame.node;
    place(frame.node);
  }

  void scalar(const yaml_event_t& event) {
    const auto& data = event.data.scalar;
    Node* node = begin_node(NodeKind::scalar, span_of(event), data.tag, data.anchor);
    node->style = style_of(data.style);
    const std::string_view value(reinterpret_cast<const char*>(data.value), data.length);
    const bool as_written = node->span.end <= bytes_.size() && node->span.begin <= node->span.end &&
                            bytes_.substr(node->span.begin, node->span.size()) == value;
    node->text = as_written ? bytes_.substr(node->span.begin, node->span.size()) : tree_.keep(value);
    if (data.anchor != nullptr) anchors_[std::string(view(data.anchor))] = node;
    place(node);
  }

  void alias(const yaml_event_t& event) {
    const std::string name(view(event.data.alias.anchor));
    Node* node = begin_node(NodeKind::alias, span_of(event), nullptr, nullptr);
    node->text = tree_.keep(name);
    const auto found = anchors_.find(name);
    if (found != anchors_.end()) node->target = found->second;
    if (node->target == nullptr && tree_.warnings_.size() < 20) {
      const std::string shown = base::harmless(name, 80);
      tree_.warnings_.push_back({found == anchors_.end() ? "the alias *" + shown + " has no anchor before it"
                                                         : "the anchor &" + shown + " contains itself",
                                 "", node->span});
    }
    place(node);
  }

  // False at the end, or when reading stops.
  bool take(const yaml_event_t& event) {
    if (tree_.nodes_ >= kMostNodes) {
      fail("more than two million nodes", span_of(event));
      return false;
    }
    switch (event.type) {
      case YAML_STREAM_END_EVENT: return false;
      case YAML_DOCUMENT_START_EVENT:
        anchors_.clear();
        document_ = {span_of(event).begin, tree_.documents_.size()};
        break;
      case YAML_SCALAR_EVENT: scalar(event); break;
      case YAML_ALIAS_EVENT: alias(event); break;
      case YAML_SEQUENCE_START_EVENT: {
        const auto& data = event.data.sequence_start;
        open(NodeKind::sequence, data.style == YAML_FLOW_SEQUENCE_STYLE, span_of(event), data.tag, data.anchor);
        break;
      }
      case YAML_MAPPING_START_EVENT: {
        const auto& data = event.data.mapping_start;
        open(NodeKind::mapping, data.style == YAML_FLOW_MAPPING_STYLE, span_of(event), data.tag, data.anchor);
        break;
      }
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT: close(span_of(event).end); break;
      default: break;
    }
    if (open_.size() > kMostDepth) {
      fail("nested deeper than 100", span_of(event));
      broken_ = span_of(event).end;
      return false;
    }
    return true;
  }

  Tree& tree_;
  std::string_view bytes_;
  std::size_t start_;
  CodePoints points_;
  std::vector<Frame> open_;
  std::map<std::string, const Node*> anchors_;
  struct {
    std::size_t begin = 0;
    std::size_t count = 0;             // of the documents before it
  } document_;                         // the one that is being read
  std::optional<std::size_t> broken_;  // where the part that is being read broke
};

namespace {

// `{{ .Values.x }}` without quotes is a flow mapping whose key is a flow mapping.
bool has_mapping_key(const Node& node, int depth) {
  if (depth > 100) return false;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const Node& child = *node.children[i];
    if (node.is_mapping() && i % 2 == 0 && child.is_mapping() && child.flow) return true;
    if (has_mapping_key(child, depth + 1)) return true;
  }
  return false;
}

}  // namespace

std::unique_ptr<Tree> Tree::read_yaml(const SourceText& source) {
  const std::string_view bytes = source.bytes();
  const auto fresh = [&] {
    std::unique_ptr<Tree> tree(new Tree);
    tree->source_ = &source;
    tree->original_ = bytes;
    return tree;
  };
  auto tree = fresh();
  tree->failure_ = refuse_bytes(bytes);
  if (tree->failure_) return tree;
  YamlReader(*tree).read();
  if (!holds_template(bytes)) return tree;
  const bool nested = std::any_of(tree->documents_.begin(), tree->documents_.end(),
                                  [](const Node* document) { return has_mapping_key(*document, 0); });
  if (!tree->failure_ && !nested) return tree;
  auto masked = fresh();
  masked->masked_ = mask_template(bytes);
  YamlReader(*masked).read();
  return masked;
}

std::unique_ptr<Tree> Tree::read_embedded(const MappedText& text) {
  std::unique_ptr<Tree> tree(new Tree);
  tree->embedded_ = &text;
  tree->original_ = text.text();
  tree->failure_ = refuse_bytes(tree->original_);
  if (!tree->failure_) YamlReader(*tree).read();
  return tree;
}

}  // namespace lock::collect
