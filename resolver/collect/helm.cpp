#include "resolver/collect/helm.hpp"

#include <algorithm>
#include <set>

#include "resolver/base/text.hpp"
#include "resolver/collect/documents.hpp"
#include "resolver/collect/found.hpp"
#include "resolver/collect/split_map.hpp"

namespace lock::collect {
namespace {

constexpr std::string_view kFormat = "helm";
constexpr int kMostDepth = 200;
constexpr std::string_view kOci = "oci://";

class Values {
 public:
  Values(const Tree& tree, std::string_view format, std::string object, std::string default_tag, image::Collected& out)
      : tree_(tree), format_(format), object_(std::move(object)), default_tag_(std::move(default_tag)), out_(out) {}

  void read(const Node& root, const std::string& path) {
    const Node* global = tree_.find_mapping(root, "global");
    const Node* registry = global == nullptr ? nullptr : tree_.find(*global, "imageRegistry");
    global_registry_ = registry != nullptr && registry->is_scalar() && !registry->is_null() && !registry->text.empty();
    walk(root, path, "", 0);
  }

 private:
  void walk(const Node& node, const std::string& path, std::string_view key, int depth) {
    if (depth > kMostDepth || node.is_scalar() || !visited_.insert(&node).second) return;
    if (node.is_sequence()) {
      for (std::size_t i = 0; i < node.children.size(); ++i) {
        walk(Tree::resolve(*node.children[i]), json_pointer(path, i), key, depth + 1);
      }
      return;
    }
    const bool named = base::to_lower(key).ends_with("image");
    if (depth > 0 && read_map(node, path, named) && named) return;
    for (const Member& member : tree_.members(node)) {
      const std::string_view name = member.key->text;
      const std::string inside = json_pointer(path, name);
      if (base::to_lower(name).ends_with("image") && member.value->is_scalar()) {
        read_string(node, name, *member.value, inside);
      } else {
        walk(*member.value, inside, name, depth + 1);
      }
    }
  }

  // A mapping of registry, repository, tag, digest. A mapping that is not under a key of images is a guess.
  bool read_map(const Node& node, const std::string& path, bool named) {
    auto split = read_split_map(tree_, node, named, format_, path, named ? default_tag_ : std::string{});
    if (!split) return false;
    Found& found = split->found;
    if (!named) found.occurrence_class = image::Class::guessed;
    const std::string_view text = found.value.text();
    const bool is_guess_of_nothing =
        !named && !found.unresolved.empty() && placeholders_in(text).empty() && !image::split_reference(text);
    if (is_guess_of_nothing) return false;
    const auto parts = image::split_reference(text);
    if (found.unresolved.empty() && parts && !parts->tag && !parts->digest) {
      found.unresolved = "tag unknown without rendering";
    }
    if (global_registry_ && found.unresolved.empty()) found.unresolved = "registry unknown without rendering";
    add(std::move(found));
    return true;
  }

  // A string is a whole reference, unless old charts' `imageTag` stands beside it.
  void read_string(const Node& parent, std::string_view key, const Node& value, std::string path) {
    if (!value.is_string() || is_file_name(value.text)) return;
    Found found = found_in(tree_, value, format_, std::move(path));
    join_tag_beside(tree_, parent, key, found);
    add(std::move(found));
  }

  void add(Found found) {
    found.object = object_;
    add_found(std::move(found), out_);
  }

  const Tree& tree_;
  std::string_view format_;
  std::string object_;
  std::string default_tag_;
  image::Collected& out_;
  bool global_registry_ = false;
  std::set<const Node*> visited_;
};

bool is_range(std::string_view version) {
  return version.empty() || version.find_first_of("^~<>=*| ,") != std::string_view::npos || version.ends_with(".x") ||
         version.ends_with(".X");
}

class Chart {
 public:
  Chart(const Tree& tree, image::Collected& out) : tree_(tree), out_(out) {}

  void read(const Node& root) {
    object_ = std::string(tree_.find_text(root, "name"));
    if (!object_.empty()) object_ = "chart " + object_;
    if (const Node* annotations = tree_.find_mapping(root, "annotations")) {
      for (const std::string_view key : {"images", "artifacthub.io/images"}) {
        const Node* text = tree_.find(*annotations, key);
        if (text != nullptr && text->is_string()) read_annotation(*text, json_pointer("/annotations", key));
      }
    }
    if (const Node* dependencies = tree_.find_sequence(root, "dependencies")) {
      for (std::size_t i = 0; i < dependencies->children.size(); ++i) {
        read_dependency(Tree::resolve(*dependencies->children[i]), json_pointer("/dependencies", i));
      }
    }
  }

 private:
  void read_annotation(const Node& scalar, const std::string& path) {
    const MappedText text = tree_.decode(scalar);
    const auto inner = Tree::read_embedded(text);
    for (const Node* document : inner->documents()) {
      const Node& list = Tree::resolve(*document);
      if (!list.is_sequence()) continue;
      for (std::size_t i = 0; i < list.children.size(); ++i) {
        const Node* image = inner->find(Tree::resolve(*list.children[i]), "image");
        if (image == nullptr || !image->is_string()) continue;
        add(found_in(*inner, *image, kFormat, json_pointer(json_pointer(path, i), "image")));
      }
    }
    report_embedded(*inner, text, "annotation", out_);
  }

  void read_dependency(const Node& dependency, const std::string& path) {
    const Node* repository = tree_.find(dependency, "repository");
    const Node* name = tree_.find(dependency, "name");
    const Node* version = tree_.find(dependency, "version");
    if (repository == nullptr || name == nullptr || !name->is_string()) return;
    const MappedText url = tree_.decode(*repository);
    if (!url.text().starts_with(kOci)) return;
    Found found;
    found.place = url.slice(kOci.size());
    found.value = found.place;
    if (!found.value.text().ends_with('/')) found.value.append_synthesised("/");
    found.value.append(tree_.decode(*name));
    const MappedText tag = version == nullptr ? MappedText{} : tree_.decode(*version);
    if (!tag.empty()) {
      found.value.append_synthesised(":");
      append_tag(tag, found);
    }
    found.written = found.value;
    if (is_range(tag.text())) found.unresolved = "a range of versions, which Chart.lock settles";
    found.format = kFormat;
    found.path = json_pointer(path, "repository");
    found.kind = image::Kind::artifact;
    if (found.not_editable.empty()) found.not_editable = "Helm takes no digest here";
    add(std::move(found));
  }

  // A tag has no '+': Helm writes '_' for it.
  static void append_tag(const MappedText& version, Found& found) {
    for (std::size_t i = 0; i < version.size(); ++i) {
      const MappedText one = version.slice(i, i + 1);
      version.text()[i] == '+' ? found.value.append_decoded("_", one) : found.value.append(one);
    }
  }

  void add(Found found) {
    found.object = object_;
    add_found(std::move(found), out_);
  }

  const Tree& tree_;
  image::Collected& out_;
  std::string object_;
};

// What a line of a template makes of the appVersion: "%s" of `default .Chart.AppVersion`, "v%s" of
// `printf "v%s" .Chart.AppVersion` and `print "v" .Chart.AppVersion`. A label, whose line speaks neither of a tag nor
// of an image, says nothing.
std::string tag_format(std::string_view line) {
  const std::size_t at = line.find(".AppVersion");
  if (at == std::string_view::npos) return {};
  // The word before `"…" .Chart`, or nothing.
  const std::string_view before = base::trim(line.substr(0, line.substr(0, at).find_last_not_of("$.Chart") + 1));
  const std::size_t open = before.ends_with('"') ? before.rfind('"', before.size() - 2) : std::string_view::npos;
  if (open != std::string_view::npos) {
    std::string text(before.substr(open + 1, before.size() - open - 2));
    const std::string_view verb = base::trim(before.substr(0, open));
    if (verb.ends_with("print")) return text + "%s";
    const std::size_t hole = text.find("%s");
    const bool has_one_hole = hole != std::string::npos && text.find('%', hole + 1) == std::string::npos;
    if (verb.ends_with("printf") && has_one_hole) return text;
  }
  const std::string lower = base::to_lower(line);
  return lower.find("tag") != std::string::npos || lower.find("image") != std::string::npos ? "%s" : "";
}

// The chart's appVersion, where something says that it is the default tag, as the templates write it.
std::string app_version(const Source& source, const Files& files) {
  const auto neighbour = [&](std::string_view name) -> const SourceText* {
    const auto path = join_path(folder_of_path(source.path()), name);
    return path ? files.find(*path) : nullptr;
  };
  const SourceText* chart = neighbour("Chart.yaml");
  if (chart == nullptr) return {};
  std::set<std::string> formats;
  for (const std::string_view name : {"templates/_helpers.tpl", "templates/deployment.yaml",
                                      "templates/statefulset.yaml", "templates/daemonset.yaml"}) {
    const SourceText* text = formats.empty() ? neighbour(name) : nullptr;
    if (text == nullptr) continue;
    for (const std::string_view line : base::split(text->bytes(), '\n')) formats.insert(tag_format(line));
    formats.erase("");
  }
  if (formats.empty() && base::to_lower(source.bytes()).find("appversion") != std::string::npos) formats.insert("%s");
  if (formats.size() != 1) return {};
  const auto tree = Tree::read_yaml(*chart);
  if (tree->documents().empty()) return {};
  const std::string_view version = tree->find_text(*tree->documents().front(), "appVersion");
  std::string tag = *formats.begin();
  return version.empty() ? std::string{} : tag.replace(tag.find("%s"), 2, version);
}

bool is_chart_name(std::string_view name) {
  return name == "Chart.yaml" || name == "Chart.yml" || name == "Chart.lock" || name == "requirements.yaml" ||
         name == "requirements.lock";
}

}  // namespace

void collect_helm_values(const Tree& tree, const Node& values, std::string_view format, const std::string& path,
                         const std::string& object, std::string_view default_tag, image::Collected& out) {
  Values(tree, format, object, std::string(default_tag), out).read(values, path);
}

Claim claim_helm(std::string_view path) {
  const std::string_view name = name_of_path(path);
  if (name == "Chart.yaml" || name == "values.yaml") return Claim::declared;
  if (is_chart_name(name)) return Claim::possible;
  return is_yaml_name(name) && base::to_lower(name).find("values") != std::string::npos ? Claim::possible : Claim::none;
}

image::Collected collect_helm(const Source& source, const Files& files) {
  image::Collected out;
  const Tree& tree = source.tree();
  const bool is_chart = is_chart_name(name_of_path(source.name()));
  std::string default_tag;
  if (!is_chart) default_tag = app_version(source, files);
  for (const Node* document : tree.documents()) {
    const Node& root = Tree::resolve(*document);
    if (!root.is_mapping()) continue;
    if (is_chart) {
      Chart(tree, out).read(root);
    } else if (tree.find_text(root, "apiVersion").empty() || tree.find_text(root, "kind").empty()) {
      collect_helm_values(tree, root, kFormat, "", "", default_tag, out);
    }
  }
  return out;
}

}  // namespace lock::collect
