// Results are written as JSON, which YAML reads in every style, and at the front of the list: where something begins is
// certain in YAML, where it ends is a matter of comments and blank lines.
#include "lockfile/ops/resource_list.hpp"

#include <boost/json.hpp>
#include <map>
#include <utility>

#include "resolver/base/text.hpp"
#include "resolver/collect/collector.hpp"

namespace lock::ops {
namespace {

namespace json = boost::json;
using collect::Node;
using collect::Tree;

// The root of a ResourceList, or null.
const Node* root_of(const Tree& tree) {
  if (tree.failure() || tree.documents().size() != 1) return nullptr;
  const Node& root = Tree::resolve(*tree.documents().front());
  const bool fits = root.is_mapping() && tree.find_text(root, "kind") == "ResourceList" &&
                    tree.find_text(root, "apiVersion").starts_with("config.kubernetes.io/");
  return fits ? &root : nullptr;
}

std::string_view severity_of(image::Severity severity) {
  switch (severity) {
    case image::Severity::error: return "error";
    case image::Severity::warning: return "warning";
    case image::Severity::note: return "info";
  }
  std::unreachable();
}

void put(json::object& object, std::string_view name, std::string_view value) {
  if (!value.empty()) object[name] = value;
}

// "/items/2/spec/containers/0/image" is item 2 and "spec.containers[0].image".
struct FieldOfItem {
  std::size_t item = 0;
  std::string path;
};

std::optional<FieldOfItem> field_of(std::string_view pointer) {
  const auto parts = base::split(pointer, '/');
  if (parts.size() < 4 || parts[1] != "items") return std::nullopt;
  const auto item = base::parse_decimal(parts[2]);
  if (!item) return std::nullopt;
  FieldOfItem field{static_cast<std::size_t>(*item), {}};
  for (std::size_t i = 3; i < parts.size(); ++i) {
    std::string part(parts[i]);
    for (std::size_t at = part.find("~1"); at != part.npos; at = part.find("~1", at)) part.replace(at, 2, "/");
    for (std::size_t at = part.find("~0"); at != part.npos; at = part.find("~0", at + 1)) part.replace(at, 2, "~");
    if (base::parse_decimal(part)) {
      field.path += "[" + part + "]";
    } else {
      field.path += (field.path.empty() ? "" : ".") + part;
    }
  }
  return field;
}

class Results {
 public:
  Results(const Tree& tree, const Node& root) : tree_(tree), items_(tree.find_sequence(root, "items")) {}

  void add(std::string_view severity, std::string_view message, std::string_view check, const std::string& pointer,
           json::object field) {
    json::object result;
    result["message"] = base::harmless(message, 2000);
    result["severity"] = severity;
    if (const auto at = field_of(pointer); at && items_ != nullptr && at->item < items_->children.size()) {
      put_item(result, Tree::resolve(*items_->children[at->item]));
      field["path"] = at->path;
      result["field"] = std::move(field);
    }
    if (!check.empty()) result["tags"] = json::object{{"check", check}};
    made_.push_back(json::serialize(result));
  }

  [[nodiscard]] const std::vector<std::string>& made() const { return made_; }

 private:
  void put_item(json::object& result, const Node& item) const {
    json::object reference;
    put(reference, "apiVersion", tree_.find_text(item, "apiVersion"));
    put(reference, "kind", tree_.find_text(item, "kind"));
    const Node* metadata = tree_.find_mapping(item, "metadata");
    if (metadata != nullptr) {
      put(reference, "name", tree_.find_text(*metadata, "name"));
      put(reference, "namespace", tree_.find_text(*metadata, "namespace"));
      if (const Node* annotations = tree_.find_mapping(*metadata, "annotations")) put_file(result, *annotations);
    }
    result["resourceRef"] = std::move(reference);
  }

  void put_file(json::object& result, const Node& annotations) const {
    for (const std::string_view prefix : {"internal.config.kubernetes.io/", "config.kubernetes.io/"}) {
      const std::string_view path = tree_.find_text(annotations, std::string(prefix) + "path");
      if (path.empty()) continue;
      json::object file{{"path", path}};
      const auto index = base::parse_decimal(tree_.find_text(annotations, std::string(prefix) + "index"));
      if (index) file["index"] = *index;
      result["file"] = std::move(file);
      return;
    }
  }

  const Tree& tree_;
  const Node* items_;
  std::vector<std::string> made_;
};

std::size_t column_of(std::string_view bytes, std::size_t at) {
  const std::size_t line = bytes.rfind('\n', at == 0 ? 0 : at - 1);
  return line == bytes.npos || at == 0 ? at : at - line - 1;
}

collect::Edit block_items(BytesView bytes, std::size_t at, std::string_view head,
                          const std::vector<std::string>& made) {
  const std::string margin(column_of(bytes, at), ' ');
  std::string text = head.empty() ? std::string() : std::string(head) + "\n" + margin;
  for (const std::string& result : made) text += "- " + result + "\n" + margin;
  return {{}, {at, at}, std::move(text)};
}

collect::Edit edit_for(BytesView bytes, const Tree& tree, const Node& root, const std::vector<std::string>& made) {
  const std::string list = base::join(made, ", ");
  const Node* results = tree.find(root, "results");
  if (results == nullptr) {
    const std::size_t begin = root.span.begin;
    if (!root.flow) return block_items(bytes, begin, "results:", made);
    return {{}, {begin + 1, begin + 1}, "\"results\": [" + list + "]" + (root.children.empty() ? "" : ", ")};
  }
  if (!results->is_sequence()) return {{}, results->span, (results->span.size() == 0 ? " [" : "[") + list + "]"};
  const std::size_t begin = results->span.begin;
  if (!results->flow) return block_items(bytes, begin, "", made);
  return {{}, {begin + 1, begin + 1}, list + (results->children.empty() ? "" : ", ")};
}

std::map<Position, std::string> pointers_of(const collect::Source& source) {
  std::map<Position, std::string> pointers;
  for (auto& occurrence : collect::collect(source, collect::NoFiles()).occurrences) {
    pointers.emplace(occurrence.position, std::move(occurrence.path));
  }
  return pointers;
}

}  // namespace

bool is_resource_list(const RenderedText& text) {
  if (text.bytes.find("ResourceList") == Bytes::npos) return false;
  const collect::Source source(rendered_source_name(text.name), text.bytes);
  return root_of(source.tree()) != nullptr;
}

Result<Bytes> with_results(const RenderedText& text, const std::vector<AppliedPlace>& changed,
                           const std::vector<image::Finding>& findings,
                           const std::vector<image::Undetermined>& undetermined) {
  const std::string name = rendered_source_name(text.name);
  const collect::Source source(name, text.bytes);
  const Tree& tree = source.tree();
  const Node* root = root_of(tree);
  if (root == nullptr) return fail(ErrorKind::unsupported, text.name + " is no ResourceList");
  const Node* there = tree.find(*root, "results");
  if (there != nullptr && !there->is_sequence() && !there->is_null()) {
    return fail(ErrorKind::unsupported, "the ResourceList has results that are no list");
  }
  Results results(tree, *root);
  const auto pointers = pointers_of(source);
  const auto pointer_at = [&pointers](const Position& position) {
    const auto at = pointers.find(position);
    return at == pointers.end() ? std::string() : at->second;
  };
  for (const image::Finding& finding : findings) {
    results.add(severity_of(finding.severity), finding.message, finding.check, pointer_at(finding.place.position), {});
  }
  for (const image::Undetermined& one : undetermined) {
    results.add("error", one.finding.message + ": " + one.cause, one.finding.check,
                pointer_at(one.finding.place.position), {});
  }
  for (const AppliedPlace& place : changed) {
    json::object field;
    field["currentValue"] = place.written;
    field["proposedValue"] = place.written + "@" + place.digest;
    results.add("info", place.reference + " is deployed by its locked digest", "", place.path, std::move(field));
  }
  if (results.made().empty()) return text.bytes;
  const auto count_of_results = [](const Tree& in, const Node* of) {
    const Node* list = of == nullptr ? nullptr : in.find_sequence(*of, "results");
    return list == nullptr ? std::size_t{0} : list->children.size();
  };
  const std::size_t before = count_of_results(tree, root);
  const collect::Edit edit = edit_for(source.bytes(), tree, *root, results.made());
  auto out = collect::with_edits(source.bytes(), {&edit, 1});
  if (!out) return out;
  const collect::Source written(name, *out);
  const Node* now = root_of(written.tree());
  if (count_of_results(written.tree(), now) != before + results.made().size()) {
    return fail(ErrorKind::unsupported, "the results cannot be written into this ResourceList");
  }
  return out;
}

}  // namespace lock::ops
