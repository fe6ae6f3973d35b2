#include "resolver/collect/bake.hpp"

#include <algorithm>
#include <map>

#include "resolver/base/text.hpp"
#include "resolver/collect/dockerfile.hpp"
#include "resolver/collect/found.hpp"
#include "resolver/collect/hcl.hpp"
#include "resolver/collect/substitution.hpp"

namespace lock::collect {
namespace {

constexpr std::string_view kFormat = "docker-bake";
constexpr std::string_view kDockerImage = "docker-image://";

using Texts = std::vector<std::pair<std::string, MappedText>>;

// What a target says, in either language.
struct Target {
  std::string name;
  Texts contexts;
  Texts arguments;
  std::optional<MappedText> inline_text;
  std::string context;     // folder; "." by default
  std::string dockerfile;  // relative to it
  std::string stage;
};

struct BakeFile {
  std::map<std::string, MappedText, std::less<>> variables;
  std::vector<Target> targets;
};

std::optional<Placeholder> find_variable(std::string_view text, std::size_t at) {
  if (text.substr(at).starts_with("$${")) return Placeholder{at + 3, {}};
  return bracketed(text, at, "${", "}");
}

std::string text_of(const HclBlock& block, std::string_view name) {
  const HclValue* value = block.find(name);
  return value != nullptr && value->kind == HclValue::Kind::string ? std::string(value->text.text()) : std::string{};
}

Texts texts_of(const HclBlock& block, std::string_view name) {
  Texts out;
  const HclValue* value = block.find(name);
  if (value == nullptr) return out;
  for (const HclAttribute& member : value->members) {
    if (member.value.kind == HclValue::Kind::string) out.emplace_back(member.name, member.value.text);
  }
  return out;
}

BakeFile from_hcl(const HclBlock& root) {
  BakeFile out;
  for (const HclBlock& block : root.blocks) {
    if (block.labels.size() != 1) continue;
    if (block.type == "variable") {
      const HclValue* value = block.find("default");
      if (value != nullptr && value->kind == HclValue::Kind::string && !value->text.empty()) {
        out.variables.insert_or_assign(block.labels[0], value->text);
      }
    } else if (block.type == "target") {
      Target target;
      target.name = block.labels[0];
      target.contexts = texts_of(block, "contexts");
      target.arguments = texts_of(block, "args");
      const HclValue* text = block.find("dockerfile-inline");
      if (text != nullptr && text->kind == HclValue::Kind::string) target.inline_text = text->text;
      target.context = text_of(block, "context");
      target.dockerfile = text_of(block, "dockerfile");
      target.stage = text_of(block, "target");
      out.targets.push_back(std::move(target));
    }
  }
  return out;
}

Texts texts_of(const Tree& tree, const Node& node, std::string_view name) {
  Texts out;
  const Node* map = tree.find_mapping(node, name);
  if (map == nullptr) return out;
  for (const Member& member : tree.members(*map)) {
    if (member.value->is_scalar() && !member.value->is_null()) {
      out.emplace_back(std::string(member.key->text), tree.decode(*member.value));
    }
  }
  return out;
}

BakeFile from_json(const Tree& tree, const Node& root) {
  BakeFile out;
  if (const Node* variables = tree.find_mapping(root, "variable")) {
    for (const Member& member : tree.members(*variables)) {
      const Node* value = tree.find(*member.value, "default");
      if (value != nullptr && value->is_scalar() && !value->text.empty()) {
        out.variables.insert_or_assign(std::string(member.key->text), tree.decode(*value));
      }
    }
  }
  const Node* targets = tree.find_mapping(root, "target");
  if (targets == nullptr) return out;
  for (const Member& member : tree.members(*targets)) {
    const Node& node = *member.value;
    Target target;
    target.name = std::string(member.key->text);
    target.contexts = texts_of(tree, node, "contexts");
    target.arguments = texts_of(tree, node, "args");
    const Node* text = tree.find(node, "dockerfile-inline");
    if (text != nullptr && text->is_scalar()) target.inline_text = tree.decode(*text);
    target.context = std::string(tree.find_text(node, "context"));
    target.dockerfile = std::string(tree.find_text(node, "dockerfile"));
    target.stage = std::string(tree.find_text(node, "target"));
    out.targets.push_back(std::move(target));
  }
  return out;
}

// `$${` is how a bake file writes the `${` of a Dockerfile.
MappedText without_escapes(const MappedText& text) {
  constexpr std::string_view kEscape = "$${";
  MappedText out;
  std::size_t run = 0;
  for (std::size_t at = text.text().find(kEscape); at != std::string_view::npos; at = text.text().find(kEscape, run)) {
    out.append(text.slice(run, at));
    out.append_decoded("${", text.slice(at, at + kEscape.size()));
    run = at + kEscape.size();
  }
  out.append(text.slice(run));
  return out;
}

class Bake {
 public:
  Bake(const Source& source, const Files& files, const BakeFile& file, image::Collected& out)
      : source_(source), files_(files), file_(file), out_(out) {}

  void read(const Target& target) {
    const std::string path = json_pointer("/target", target.name);
    for (const auto& [name, value] : target.contexts) {
      if (value.text().starts_with(kDockerImage)) {
        add(value.slice(kDockerImage.size()), json_pointer(json_pointer(path, "contexts"), name));
      }
    }
    DockerfileBuild build;
    build.format = kFormat;
    build.target = target.stage;
    std::string not_editable;
    for (const auto& [name, value] : target.arguments) {
      Substituted text = substituted(value);
      if (not_editable.empty()) not_editable = used_again(text);
      if (text.unknown.empty()) build.arguments.insert_or_assign(name, std::move(text.text));
    }
    for (const auto& [name, value] : target.contexts) build.contexts.insert(name);
    if (target.inline_text) {
      build.path = json_pointer(path, "dockerfile-inline");
      const Substituted text = substituted(*target.inline_text);
      if (not_editable.empty()) not_editable = used_again(text);
      append(collect_dockerfile(without_escapes(text.text), build), not_editable);
    } else if (const SourceText* text = dockerfile_of(target)) {
      build.path = json_pointer(path, "args");
      append(collect_named_dockerfile(*text, build), not_editable);
    }
  }

 private:
  [[nodiscard]] Substituted substituted(const MappedText& text) const {
    return substitute(text, find_variable, [this](std::string_view name) -> std::optional<MappedText> {
      const auto found = file_.variables.find(name);
      return found == file_.variables.end() ? std::nullopt : std::optional(found->second);
    });
  }

  [[nodiscard]] std::string used_again(const Substituted& value) const {
    return used_elsewhere(value, {"variable", source_.bytes(), find_variable});
  }

  void add(const MappedText& written, std::string path) {
    Substituted value = substituted(written);
    Found found;
    found.written = written;
    found.not_editable = used_again(value);
    found.value = std::move(value.text);
    found.unknown = std::move(value.unknown);
    found.format = kFormat;
    found.path = std::move(path);
    add_found(std::move(found), out_);
  }

  [[nodiscard]] const SourceText* dockerfile_of(const Target& target) const {
    if (!placeholders_in(target.context + target.dockerfile).empty()) return nullptr;
    const auto folder = join_path(folder_of_path(source_.path()), target.context.empty() ? "." : target.context);
    if (!folder) return nullptr;
    const auto path = join_path(*folder, target.dockerfile.empty() ? "Dockerfile" : target.dockerfile);
    return path ? files_.find(*path) : nullptr;
  }

  void append(image::Collected found, const std::string& not_editable) {
    for (image::Occurrence& occurrence : found.occurrences) {
      const bool ours =
          std::ranges::any_of(occurrence.slots, [&](const image::Slot& slot) { return slot.file == source_.path(); });
      if (ours && occurrence.not_editable.empty()) occurrence.not_editable = not_editable;
      out_.occurrences.push_back(std::move(occurrence));
    }
    std::ranges::move(found.problems, std::back_inserter(out_.problems));
  }

  const Source& source_;
  const Files& files_;
  const BakeFile& file_;
  image::Collected& out_;
};

bool is_hcl(std::string_view path) { return path.ends_with(".hcl"); }

}  // namespace

Claim claim_bake(std::string_view path) {
  const char last = path.empty() ? '\0' : path.back();
  if (last != 'l' && last != 'L' && last != 'n' && last != 'N') return Claim::none;  // .hcl, .json
  const std::string name = base::to_lower(name_of_path(path));
  const bool fits = name.ends_with(".hcl") || name.ends_with(".json");
  if (!fits || name.find("bake") == std::string::npos) return Claim::none;
  return name.starts_with("docker-bake.") ? Claim::declared : Claim::possible;
}

image::Collected collect_bake(const Source& source, const Files& files) {
  image::Collected out;
  BakeFile file;
  if (is_hcl(source.name())) {
    if (base::find_invalid_utf8(source.bytes())) {
      out.problems.push_back(problem_at(source.text(), {0, 0}, image::Problem::Severity::undetermined,
                                        "unreadable-file", "invalid UTF-8"));
      return out;
    }
    const MappedText text = MappedText::whole(source.text());
    const auto root = read_hcl(text);
    if (!root) {
      const bool declared = claim_bake(source.name()) == Claim::declared;
      out.problems.push_back({declared ? image::Problem::Severity::undetermined : image::Problem::Severity::warning,
                              "unreadable-file", root.error().message, "", root.error().place.value_or(Place{})});
      return out;
    }
    file = from_hcl(*root);
  } else if (!source.tree().documents().empty()) {
    file = from_json(source.tree(), Tree::resolve(*source.tree().documents().front()));
  }
  Bake bake(source, files, file, out);
  for (const Target& target : file.targets) bake.read(target);
  return out;
}

}  // namespace lock::collect
