#include "resolver/collect/gitlab.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "resolver/base/glob.hpp"
#include "resolver/base/text.hpp"
#include "resolver/collect/documents.hpp"
#include "resolver/collect/found.hpp"
#include "resolver/collect/interpolation.hpp"
#include "resolver/collect/shared_text.hpp"

namespace lock::collect {
namespace {

constexpr std::string_view kFormat = "gitlab-ci";
constexpr std::string_view kRootName = ".gitlab-ci.yml";
constexpr int kMostNesting = 10;              // of variables in variables, and of jobs that extend jobs
constexpr std::size_t kMostValues = 100'000;  // of variables that are put into others, in one file
constexpr std::size_t kMostIncluded = 50;
constexpr std::array<std::string_view, 2> kProxies = {"CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX",
                                                      "CI_DEPENDENCY_PROXY_DIRECT_GROUP_IMAGE_PREFIX"};

using Values = std::map<std::string, MappedText, std::less<>>;

bool is_pipeline_name(std::string_view path) {
  const std::string name = base::to_lower(name_of_path(path));
  return name.ends_with(".gitlab-ci.yml") || name.ends_with(".gitlab-ci.yaml") || name == "gitlab-ci.yml";
}

bool looks_like_pipeline(const Tree& tree, const Node& root) {
  if (tree.find(root, "jobs") != nullptr || tree.find(root, "apiVersion") != nullptr) return false;
  for (const Member& member : tree.members(root)) {
    if (!member.value->is_mapping() || tree.find(*member.value, "script") == nullptr) continue;
    for (const std::string_view key : {"stage", "image", "extends", "rules", "only", "services", "tags", "needs"}) {
      if (tree.find(*member.value, key) != nullptr) return true;
    }
  }
  return false;
}

// Something that only an including pipeline makes a pipeline: defaults, or jobs whose scripts stand elsewhere.
bool may_be_included(const Tree& tree, const Node& root) {
  if (tree.find(root, "apiVersion") != nullptr) return false;
  if (tree.find(root, "image") != nullptr || tree.find(root, "services") != nullptr) return true;
  const auto members = tree.members(root);
  return std::ranges::any_of(members, [&](const Member& member) {
    return tree.find(*member.value, "image") != nullptr || tree.find(*member.value, "services") != nullptr;
  });
}

void add_variables(const Tree& tree, const Node& holder, Values& values) {
  const Node* variables = tree.find_mapping(holder, "variables");
  if (variables == nullptr) return;
  for (const Member& member : tree.members(*variables)) {
    const Node* value = member.value->is_mapping() ? tree.find(*member.value, "value") : member.value;
    if (value == nullptr || !value->is_scalar() || value->is_null()) continue;
    values.insert_or_assign(std::string(member.key->text), tree.decode(*value));
  }
}

// The pipeline that a file of this repository belongs to: which files it is put together from, and the variables of
// all of them. What includes wins over what is included.
class Project {
 public:
  explicit Project(const Files& files) : files_(files) {
    paths_.emplace_back(kRootName);
    for (std::size_t i = 0; i < paths_.size() && i < kMostIncluded; ++i) read(std::string(paths_[i]));
  }

  [[nodiscard]] bool includes(std::string_view path) const {
    return std::ranges::any_of(paths_, [path](const std::string& each) { return base::glob_matches(each, path); });
  }
  [[nodiscard]] const Values& variables() const { return variables_; }

 private:
  void read(const std::string& path) {
    const SourceText* text = files_.find(path);
    if (text == nullptr) return;
    const auto tree = Tree::read_yaml(*text);
    for (const Node* document : tree->documents()) {
      const Node& root = Tree::resolve(*document);
      Values own;
      add_variables(*tree, root, own);
      variables_.merge(own);
      add_includes(*tree, tree->find(root, "include"));
      for (const Member& job : tree->members(root)) {
        if (const Node* trigger = tree->find_mapping(*job.value, "trigger")) {
          add_includes(*tree, tree->find(*trigger, "include"));
        }
      }
    }
  }

  void add_includes(const Tree& tree, const Node* include) {
    if (include == nullptr) return;
    if (!include->is_sequence()) return add_include(tree, *include);
    for (const Node* child : include->children) add_include(tree, Tree::resolve(*child));
  }

  void add_include(const Tree& tree, const Node& include) {
    std::string_view path = include.is_scalar() ? include.text : tree.find_text(include, "local");
    if (path.starts_with('/')) path.remove_prefix(1);
    if (path.empty() || path.find("://") != std::string_view::npos) return;
    if (std::ranges::find(paths_, path) == paths_.end() && paths_.size() < kMostIncluded) paths_.emplace_back(path);
  }

  const Files& files_;
  std::vector<std::string> paths_;  // or globs
  Values variables_;
};

class Pipeline {
 public:
  Pipeline(const Source& source, Values pipeline, image::Collected& out)
      : path_(source.path()), bytes_(source.bytes()), tree_(source.tree()), pipeline_(std::move(pipeline)), out_(out) {}

  // The header before the pipeline proper: defaults of its inputs. Whether there is one.
  bool read_spec(const Node& root) {
    const Node* spec = tree_.find_mapping(root, "spec");
    const Node* inputs = spec == nullptr ? nullptr : tree_.find_mapping(*spec, "inputs");
    if (inputs == nullptr) return false;
    for (const Member& member : tree_.members(*inputs)) {
      const Node* value = tree_.find(*member.value, "default");
      if (value != nullptr && value->is_scalar() && !value->is_null()) {
        inputs_.insert_or_assign(std::string(member.key->text), tree_.decode(*value));
      }
    }
    return true;
  }

  void read(const Node& root) {
    root_ = &root;
    Values global;
    add_variables(tree_, root, global);
    for (const auto& [name, value] : pipeline_) global.insert_or_assign(name, value);
    read_holder(root, "", "", global);
    for (const Member& member : tree_.members(root)) {
      const std::string_view name = member.key->text;
      if (!member.value->is_mapping() || name == "variables" || name == "spec" || name == "image" ||
          name == "include" || name == "workflow") {
        continue;
      }
      read_job(*member.value, name, global);
    }
    for (auto& [key, place] : places_) {
      for (Found& found : place.resolved.empty() ? place.unresolved : place.resolved) {
        add_found(std::move(found), out_);
      }
    }
    shared_.judge(out_.occurrences);
  }

 private:
  struct Place {
    std::vector<Found> resolved;
    std::vector<Found> unresolved;  // one at most: what no job gives a value
  };

  [[nodiscard]] std::vector<std::string> parents(const Node& job) const {
    std::vector<std::string> names;
    const Node* extends = tree_.find(job, "extends");
    if (extends == nullptr) return names;
    if (extends->is_scalar()) names.emplace_back(extends->text);
    for (const Node* child : extends->children) {
      if (extends->is_sequence() && Tree::resolve(*child).is_scalar()) names.emplace_back(Tree::resolve(*child).text);
    }
    return names;
  }

  // Variables of what is extended first, so that the job's own win; then images of what is extended, with them.
  void inherit(const Node& job, Values& values, std::vector<std::pair<std::string, const Node*>>& from, int depth) {
    if (depth > kMostNesting || from.size() > 50) return;
    for (const std::string& name : parents(job)) {
      const Node* parent = tree_.find_mapping(*root_, name);
      if (parent == nullptr) continue;
      inherit(*parent, values, from, depth + 1);
      add_variables(tree_, *parent, values);
      from.emplace_back(name, parent);
    }
  }

  void read_job(const Node& job, std::string_view name, const Values& global) {
    Values values = global;
    std::vector<std::pair<std::string, const Node*>> inherited;
    inherit(job, values, inherited, 0);
    add_variables(tree_, job, values);
    read_holder(job, json_pointer("", name), "job " + std::string(name), values);
    for (const auto& [parent, node] : inherited) {
      read_holder(*node, json_pointer("", parent), "job " + parent, values);
    }
  }

  void read_holder(const Node& holder, const std::string& path, const std::string& object, const Values& values) {
    if (const Node* image = tree_.find(holder, "image")) {
      read_value(*image, json_pointer(path, "image"), object, values, 0);
    }
    if (const Node* services = tree_.find_sequence(holder, "services")) {
      read_value(*services, json_pointer(path, "services"), object, values, 0);
    }
  }

  // An image, a list of them, or a `!reference` to either.
  void read_value(const Node& node, const std::string& path, const std::string& object, const Values& values,
                  int depth) {
    if (depth > kMostNesting) return;
    if (node.tag == "!reference") {
      std::string at;
      const Node* target = root_;
      for (const Node* child : node.children) {
        const Node& step = Tree::resolve(*child);
        target = target == nullptr ? nullptr : tree_.find(*target, step.text);
        at = json_pointer(at, step.text);
      }
      const std::string owner = node.children.empty() ? "" : std::string(Tree::resolve(*node.children[0]).text);
      if (target != nullptr && target != root_) read_value(*target, at, "job " + owner, values, depth + 1);
    } else if (node.is_sequence()) {
      for (std::size_t i = 0; i < node.children.size(); ++i) {
        read_value(Tree::resolve(*node.children[i]), json_pointer(path, i), object, values, depth + 1);
      }
    } else if (node.is_mapping()) {
      if (const Node* name = tree_.find(node, "name")) read_image(*name, json_pointer(path, "name"), object, values);
    } else {
      read_image(node, path, object, values);
    }
  }

  void read_image(const Node& node, std::string path, const std::string& object, const Values& values) {
    if (!node.is_string()) return;
    Found found = found_in(tree_, node, kFormat, std::move(path));
    found.object = object;
    Interpolated value = expand(with_inputs(found.written), values, 0);
    found.value = behind_proxy(value.text);
    found.unknown = placeholders_in(found.value.text());
    if (found.value.size() == value.text.size() && found.unknown.empty()) found.unknown = std::move(value.unknown);
    Place& place = places_[&node];
    auto& list = found.unknown.empty() ? place.resolved : place.unresolved;
    const bool known = std::ranges::any_of(
        list, [&](const Found& other) { return other.value.text() == found.value.text() || !found.unknown.empty(); });
    if (!known) list.push_back(std::move(found));
  }

  // The group's proxy caches Docker Hub: the name behind its prefix is the image.
  static MappedText behind_proxy(const MappedText& text) {
    for (const std::string_view name : kProxies) {
      for (const std::string& prefix : {"$" + std::string(name) + "/", "${" + std::string(name) + "}/"}) {
        if (text.text().starts_with(prefix)) return text.slice(prefix.size());
      }
    }
    return text;
  }

  // `$[[ inputs.name ]]`, with the default of the header.
  MappedText with_inputs(const MappedText& from) {
    MappedText out;
    std::size_t at = 0;
    while (at < from.size()) {
      const std::size_t begin = std::min(from.text().find("$[[", at), from.size());
      const std::size_t end = from.text().find("]]", begin);
      out.append(from.slice(at, begin));
      if (begin == from.size() || end == std::string_view::npos) {
        out.append(from.slice(begin));
        break;
      }
      std::string_view name = base::trim(from.text().substr(begin + 3, end - begin - 3));
      if (name.starts_with("inputs.")) name.remove_prefix(7);
      const auto found = inputs_.find(name);
      out.append(found == inputs_.end() ? from.slice(begin, end + 2) : found->second);
      if (found != inputs_.end()) note_use("inputs." + std::string(name), found->second, from, end + 2 - begin);
      at = end + 2;
    }
    return out;
  }

  // Variables in variables, down to a depth at which a loop is given up.
  Interpolated expand(const MappedText& text, const Values& values, int depth) {
    std::vector<std::string> looped;
    Values expanded;
    Interpolated made = interpolate(text, [&](std::string_view name) -> const MappedText* {
      const auto found = values.find(name);
      if (found == values.end()) return nullptr;
      if (depth >= kMostNesting || budget_ == 0) {
        looped.push_back("$" + std::string(name));
        return nullptr;
      }
      --budget_;
      note_use(name, found->second, text, name.size() + (text.text().starts_with("${") ? 3 : 1));
      Interpolated inner = expand(with_inputs(found->second), values, depth + 1);
      looped.insert(looped.end(), inner.unknown.begin(), inner.unknown.end());
      return &expanded.insert_or_assign(std::string(name), std::move(inner.text)).first->second;
    });
    made.unknown.insert(made.unknown.end(), looped.begin(), looped.end());
    return made;
  }

  // A variable that is only a part of an image must not gain a digest when scripts, other images or other files use it
  // too.
  void note_use(std::string_view name, const MappedText& value, const MappedText& text, std::size_t length) {
    if (text.size() == length || !noted_.emplace(name).second) return;
    std::size_t uses = 0;
    for (std::size_t at = bytes_.find(name); at != std::string_view::npos; at = bytes_.find(name, at + name.size())) {
      const std::string_view before = bytes_.substr(0, at);
      if (before.ends_with('$') || before.ends_with("${") || name.starts_with("inputs.")) ++uses;
    }
    const auto origin = value.origin_at(0);
    if (uses > 1 || (origin && origin->source->path() != path_)) {
      shared_.add_other(value.ranges(0, value.size()),
                        "the variable " + std::string(name) + " is used in several places");
    }
  }

  std::string_view path_;
  std::string_view bytes_;
  const Tree& tree_;
  Values pipeline_;
  image::Collected& out_;
  const Node* root_ = nullptr;
  Values inputs_;
  std::size_t budget_ = kMostValues;
  std::map<const Node*, Place> places_;
  std::set<std::string, std::less<>> noted_;
  SharedText shared_;
};

}  // namespace

Claim claim_gitlab(std::string_view path) {
  if (is_pipeline_name(path)) return Claim::declared;
  return is_yaml_name(path) ? Claim::possible : Claim::none;
}

image::Collected collect_gitlab(const Source& source, const Files& files) {
  image::Collected out;
  const Tree& tree = source.tree();
  bool is_pipeline = is_pipeline_name(source.name());
  bool may_be = is_pipeline;
  for (const Node* document : tree.documents()) {
    const Node& root = Tree::resolve(*document);
    is_pipeline = is_pipeline || looks_like_pipeline(tree, root);
    may_be = may_be || is_pipeline || may_be_included(tree, root);
  }
  if (!may_be) return out;
  const Project project(files);
  const bool belongs = project.includes(source.path());
  if (!belongs && !is_pipeline) return out;
  Pipeline pipeline(source, belongs ? project.variables() : Values{}, out);
  for (const Node* document : tree.documents()) {
    const Node& root = Tree::resolve(*document);
    if (!pipeline.read_spec(root) && root.is_mapping()) pipeline.read(root);
  }
  return out;
}

}  // namespace lock::collect
