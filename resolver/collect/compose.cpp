#include "resolver/collect/compose.hpp"

#include <algorithm>
#include <set>

#include "resolver/base/text.hpp"
#include "resolver/collect/dockerfile.hpp"
#include "resolver/collect/documents.hpp"
#include "resolver/collect/dotenv.hpp"
#include "resolver/collect/found.hpp"
#include "resolver/collect/interpolation.hpp"

namespace lock::collect {
namespace {

constexpr std::string_view kFormat = "compose";
constexpr std::string_view kDockerImage = "docker-image://";

// A map `services` whose members have an image or a build; no file of a CI system that has services as well.
bool is_compose(const Tree& tree, const Node& root) {
  const Node* services = tree.find_mapping(root, "services");
  if (services == nullptr) return false;
  for (const std::string_view other : {"apiVersion", "steps", "pipeline", "jobs", "runs-on"}) {
    if (tree.find(root, other) != nullptr) return false;
  }
  for (const Member& service : tree.members(*services)) {
    if (tree.find(*service.value, "image") != nullptr || tree.find(*service.value, "build") != nullptr) return true;
  }
  return false;
}

std::string keeps_its_variable(const std::string& file) { return "a value from " + file + " keeps its variable"; }

// Version 1: every member of the root is a service, which has an image or a build.
bool is_compose_v1(const Tree& tree, const Node& root) {
  const auto services = tree.members(root);
  return !services.empty() && std::ranges::all_of(services, [&tree](const Member& service) {
    return service.value->is_mapping() &&
           (tree.find(*service.value, "image") != nullptr || tree.find(*service.value, "build") != nullptr);
  });
}

class ComposeFile {
 public:
  ComposeFile(const Source& source, const Files& files, image::Collected& out)
      : source_(source), tree_(source.tree()), files_(files), out_(out) {
    const auto path = join_path(folder_of_path(source.path()), ".env");
    if (const SourceText* env = path ? files.find(*path) : nullptr) environment_ = read_dotenv(*env);
    for (auto& [name, value] : environment_) value.set_shared();
  }

  void read(const Node& root) {
    read_services(*tree_.find_mapping(root, "services"), "/services");
    if (const Node* models = tree_.find_mapping(root, "models")) {
      for (const Member& member : tree_.members(*models)) {
        const std::string path = json_pointer(json_pointer("/models", member.key->text), "model");
        read_field(tree_.find(*member.value, "model"), path, false, image::Kind::artifact);
      }
    }
  }

  void read_services(const Node& services, const std::string& path) {
    for (const Member& member : tree_.members(services)) services_.insert(std::string(member.key->text));
    for (const Member& member : tree_.members(services)) {
      service_ = std::string(member.key->text);
      if (member.value->is_mapping()) read_service(*member.value, json_pointer(path, member.key->text));
    }
    service_.clear();
  }

 private:
  [[nodiscard]] const MappedText* variable(std::string_view name) const {
    const auto found = environment_.find(name);
    return found == environment_.end() ? nullptr : &found->second;
  }
  [[nodiscard]] Interpolated value_of(const MappedText& text) const {
    return interpolate(text, [this](std::string_view name) { return variable(name); });
  }
  [[nodiscard]] std::string text_of(const Node* node) const {
    if (node == nullptr || !node->is_scalar() || node->is_null()) return {};
    auto value = value_of(tree_.decode(*node));
    return value.unknown.empty() ? std::string(value.text.text()) : std::string{};
  }

  void add(const MappedText& written, Interpolated value, std::string path, bool first_party = false,
           image::Kind kind = image::Kind::image) {
    Found found;
    found.written = written;
    found.value = std::move(value.text);
    found.unknown = std::move(value.unknown);
    found.format = kFormat;
    found.path = std::move(path);
    found.object = service_.empty() ? "" : "service " + service_;
    found.kind = kind;
    found.first_party = first_party;
    for (const auto& segment : found.value.segments()) {
      if (segment.origin.source == nullptr || segment.origin.source == &source_.text()) continue;
      found.not_editable = keeps_its_variable(segment.origin.source->path());
    }
    add_found(std::move(found), out_);
  }

  void read_field(const Node* node, const std::string& path, bool first_party = false,
                  image::Kind kind = image::Kind::image) {
    if (node == nullptr || !node->is_string()) return;
    const MappedText written = tree_.decode(*node).trimmed();
    add(written, value_of(written), path, first_party, kind);
  }

  void read_service(const Node& service, const std::string& path) {
    const Node* build = tree_.find(service, "build");
    const bool builds = build != nullptr && !build->is_null();
    read_field(tree_.find(service, "image"), json_pointer(path, "image"), builds);
    if (builds) read_build(*build, json_pointer(path, "build"));
    if (const Node* volumes = tree_.find_sequence(service, "volumes")) {
      for (std::size_t i = 0; i < volumes->children.size(); ++i) {
        const Node& volume = Tree::resolve(*volumes->children[i]);
        const Node* from = tree_.find(volume, "source");
        if (text_of(tree_.find(volume, "type")) != "image" || services_.contains(text_of(from))) continue;
        read_field(from, json_pointer(json_pointer(json_pointer(path, "volumes"), i), "source"));
      }
    }
    if (const Node* hooks = tree_.find_sequence(service, "pre_start")) {
      for (std::size_t i = 0; i < hooks->children.size(); ++i) {
        const Node& hook = Tree::resolve(*hooks->children[i]);
        read_field(tree_.find(hook, "image"), json_pointer(json_pointer(json_pointer(path, "pre_start"), i), "image"));
      }
    }
  }

  // Calls `each(name, value, path)` for `{name: value}` and for `[name=value]`. A name without a value has that of the
  // variable of its name.
  template <typename Each>
  void for_pairs(const Node& build, std::string_view key, const std::string& path, const Each& each) {
    const Node* node = tree_.find(build, key);
    if (node == nullptr) return;
    const std::string inside = json_pointer(path, key);
    if (node->is_mapping()) {
      for (const Member& member : tree_.members(*node)) {
        if (!member.value->is_scalar()) continue;
        const MappedText* known = member.value->is_null() ? variable(member.key->text) : nullptr;
        if (member.value->is_null() && known == nullptr) continue;
        each(std::string(member.key->text), known != nullptr ? *known : tree_.decode(*member.value),
             json_pointer(inside, member.key->text));
      }
    } else if (node->is_sequence()) {
      for (std::size_t i = 0; i < node->children.size(); ++i) {
        const MappedText text = tree_.decode(Tree::resolve(*node->children[i]));
        const std::size_t equals = text.text().find('=');
        const MappedText* known = equals == std::string_view::npos ? variable(text.text()) : nullptr;
        if (equals == std::string_view::npos && known == nullptr) continue;
        each(std::string(text.text().substr(0, equals)), known != nullptr ? *known : text.slice(equals + 1),
             json_pointer(inside, i));
      }
    }
  }

  void read_build(const Node& build, const std::string& path) {
    DockerfileBuild order;
    order.format = kFormat;
    order.broken = image::Problem::Severity::warning;
    std::map<std::string, std::string> argument_paths;
    std::string context = ".";
    std::string dockerfile = "Dockerfile";
    const Node* text = nullptr;
    if (build.is_scalar()) context = text_of(&build);
    if (build.is_mapping()) {
      for_pairs(build, "additional_contexts", path, [&](std::string name, const MappedText& value, std::string at) {
        order.contexts.insert(std::move(name));
        if (!value.text().starts_with(kDockerImage)) return;
        const MappedText reference = value.slice(kDockerImage.size());
        add(reference, value_of(reference), std::move(at));
      });
      for_pairs(build, "args", path, [&](std::string name, const MappedText& value, std::string at) {
        Interpolated known = value_of(value);
        if (!known.unknown.empty()) return;
        argument_paths[name] = std::move(at);
        order.arguments.insert_or_assign(std::move(name), std::move(known.text));
      });
      order.target = text_of(tree_.find(build, "target"));
      if (const Node* named = tree_.find(build, "context")) context = text_of(named);
      if (const Node* named = tree_.find(build, "dockerfile")) dockerfile = text_of(named);
      text = tree_.find(build, "dockerfile_inline");
    }
    if (text != nullptr && text->is_string()) {
      order.path = json_pointer(path, "dockerfile_inline");
      take(collect_dockerfile(value_of(tree_.decode(*text)).text, order));
    } else if (!context.empty()) {
      read_dockerfile(order, context, dockerfile, argument_paths);
    }
  }

  void take(image::Collected part) {
    for (auto& occurrence : part.occurrences) {
      if (occurrence.object.empty()) occurrence.object = "service " + service_;
      out_.occurrences.push_back(std::move(occurrence));
    }
    std::move(part.problems.begin(), part.problems.end(), std::back_inserter(out_.problems));
  }

  // What the service's Dockerfile takes from the arguments is said here, where it stands; the rest of the Dockerfile
  // where the Dockerfile stands.
  void read_dockerfile(const DockerfileBuild& order, const std::string& context, const std::string& dockerfile,
                       const std::map<std::string, std::string>& paths) {
    const auto folder = join_path(folder_of_path(source_.path()), context);
    const auto file = folder ? join_path(*folder, dockerfile) : std::nullopt;
    if (!file || (order.arguments.empty() && claim_dockerfile(*file) != Claim::none)) return;
    const SourceText* text = files_.find(*file);
    if (text == nullptr) return;
    image::Collected part = collect_named_dockerfile(*text, order);
    for (auto& occurrence : part.occurrences) move_to_argument(occurrence, order, paths);
    take(std::move(part));
  }

  static void keep_variable(image::Occurrence& occurrence) {
    for (const image::Slot& slot : occurrence.slots) {
      if (slot.file != occurrence.file) occurrence.not_editable = keeps_its_variable(slot.file);
    }
  }

  void move_to_argument(image::Occurrence& occurrence, const DockerfileBuild& order,
                        const std::map<std::string, std::string>& paths) const {
    const auto slot = std::ranges::find(occurrence.slots, source_.path(), &image::Slot::file);
    if (slot == occurrence.slots.end()) return keep_variable(occurrence);
    const std::size_t begin = slot->ranges.front().begin;
    occurrence.file = source_.path();
    occurrence.span = {begin, slot->ranges.back().end};
    occurrence.position = source_.text().lines().position(begin);
    for (const auto& [name, value] : order.arguments) {
      const auto origins = value.ranges(0, value.size());
      const bool holds = std::any_of(origins.begin(), origins.end(), [&](const Origin& origin) {
        return origin.source == &source_.text() && origin.bytes.begin <= begin && begin < origin.bytes.end;
      });
      if (holds) occurrence.path = paths.at(name);
    }
  }

  const Source& source_;
  const Tree& tree_;
  const Files& files_;
  image::Collected& out_;
  DotenvValues environment_;
  std::set<std::string, std::less<>> services_;
  std::string service_;
};

}  // namespace

Claim claim_compose(std::string_view path) {
  if (!path.ends_with('l') && !path.ends_with('L')) return Claim::none;  // .yml, .yaml
  const std::string name = base::to_lower(name_of_path(path));
  if (!is_yaml_name(name)) return Claim::none;
  for (const std::string_view stem : {"compose", "docker-compose"}) {
    if (!name.starts_with(stem)) continue;
    const char next = name[stem.size()];
    if (next == '.' || next == '-' || next == '_') return Claim::declared;
  }
  const bool ends = name.ends_with(".compose.yaml") || name.ends_with(".compose.yml") ||
                    name.ends_with("docker-compose.yaml") || name.ends_with("docker-compose.yml");
  return ends ? Claim::declared : Claim::possible;
}

image::Collected collect_compose(const Source& source, const Files& files) {
  image::Collected out;
  const Tree& tree = source.tree();
  for (const Node* document : tree.documents()) {
    const Node& root = Tree::resolve(*document);
    if (is_compose(tree, root)) ComposeFile(source, files, out).read(root);
  }
  return out;
}

Claim claim_compose_v1(std::string_view path) {
  return claim_compose(path) == Claim::declared ? Claim::possible : Claim::none;
}

image::Collected collect_compose_v1(const Source& source, const Files& files) {
  image::Collected out;
  const Tree& tree = source.tree();
  for (const Node* document : tree.documents()) {
    const Node& root = Tree::resolve(*document);
    if (is_compose_v1(tree, root)) ComposeFile(source, files, out).read_services(root, "");
  }
  return out;
}

}  // namespace lock::collect
