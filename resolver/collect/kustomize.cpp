#include "resolver/collect/kustomize.hpp"

#include <algorithm>

#include "resolver/base/text.hpp"
#include "resolver/collect/documents.hpp"
#include "resolver/collect/found.hpp"
#include "resolver/collect/helm.hpp"
#include "resolver/collect/kubernetes.hpp"

namespace lock::collect {
namespace {

const Node* scalar(const Tree& tree, const Node& entry, std::string_view key) {
  const Node* node = tree.find(entry, key);
  return node != nullptr && node->is_scalar() && !node->is_null() && !node->text.empty() ? node : nullptr;
}

bool is_pattern(std::string_view name) { return name.find_first_of("*+?^$()[]|\\") != std::string_view::npos; }

// A key that stands in the entry itself, not behind an alias or merge key, with its value as it stands there.
struct OwnMember {
  const Node* key = nullptr;
  const Node* value = nullptr;
};

OwnMember own_member(const Node& entry, std::string_view name) {
  for (std::size_t i = 0; i + 1 < entry.children.size(); i += 2) {
    if (entry.children[i]->is_scalar() && entry.children[i]->text == name) {
      return {entry.children[i], entry.children[i + 1]};
    }
  }
  return {};
}

// Where the key `digest` goes in an entry that lacks it, and how it is written there.
struct NewKey {
  std::size_t at = 0;
  std::string lead;
};

// Behind the member in a flow mapping; in a block one on a line of its own, behind the member's comment.
std::optional<NewKey> key_behind(std::string_view bytes, const Node& entry, const OwnMember& member) {
  const Span key = member.key->span;
  const std::size_t end = member.value->span.end;
  if (entry.flow) return NewKey{end, ", digest: "};
  const bool one_line = member.value->kind == NodeKind::alias ||
                        (member.value->is_scalar() && member.value->style != ScalarStyle::literal &&
                         member.value->style != ScalarStyle::folded);
  const std::size_t line = key.begin == 0 ? 0 : bytes.rfind('\n', key.begin - 1) + 1;
  if (!one_line || bytes.substr(line, key.begin - line).find_first_not_of(" -") != std::string_view::npos) {
    return std::nullopt;
  }
  std::size_t at = std::min(bytes.find('\n', end), bytes.size());
  const std::string_view rest = base::trim(bytes.substr(end, at - end));
  if (!rest.empty() && !rest.starts_with('#')) return std::nullopt;
  const bool crlf = at == bytes.size() ? bytes.find("\r\n") != std::string_view::npos : bytes[at - 1] == '\r';
  if (crlf && at < bytes.size()) --at;
  return NewKey{at, (crlf ? "\r\n" : "\n") + std::string(key.begin - line, ' ') + "digest: "};
}

// A digest has a key of its own, which a pin adds behind the tag's where it is not there and `unpin` takes out again.
void place_digest(const Tree& tree, const Node& entry, Found& found) {
  OwnMember tag = own_member(entry, "newTag");
  if (tag.key == nullptr) tag = own_member(entry, "newName");
  const auto source = tag.key == nullptr ? std::nullopt : tree.decode(*tag.key).origin_at(0);
  if (!source || source->bytes.begin != tag.key->span.begin) return;
  const std::string_view bytes = source->source->bytes();
  const auto added = key_behind(bytes, entry, tag);
  const OwnMember digest = own_member(entry, "digest");
  if (digest.key == nullptr && tree.find(entry, "digest") == nullptr) {
    const auto parts = image::split_reference(found.value.text());
    if (!added || (parts && parts->digest)) return;  // `newTag: 1.2@sha256:…` has its digest
    found.digest_lead = added->lead;
    found.digest_place = *source;
    found.digest_place->bytes = {added->at, added->at};
  } else if (digest.key != nullptr && digest.value->is_scalar() && digest.value->style != ScalarStyle::plain &&
             digest.value->text.empty()) {
    found.digest_place = tree.decode(*digest.value).origin_at(0);
  } else if (digest.key != nullptr && added && digest.value->is_scalar() && digest.value->style == ScalarStyle::plain &&
             digest.value->span.begin == added->at + added->lead.size() &&
             bytes.substr(added->at, added->lead.size()) == added->lead) {
    const std::size_t end = digest.value->span.end;
    const std::string_view rest = bytes.substr(end, std::min(bytes.find('\n', end), bytes.size()) - end);
    if (entry.flow || base::trim(rest).empty()) found.digest_lead = added->lead;
  }
}

void read_entry(const Tree& tree, const Node& entry, std::string_view format, const std::string& path,
                image::Collected& out) {
  const Node* name = scalar(tree, entry, "name");
  const Node* new_name = scalar(tree, entry, "newName");
  const Node* tag = scalar(tree, entry, "newTag");
  const Node* digest = scalar(tree, entry, "digest");
  const Node* suffix = scalar(tree, entry, "tagSuffix");
  if (new_name == nullptr && tag == nullptr && digest == nullptr && suffix == nullptr) return;
  const Node* base = new_name != nullptr ? new_name : name;
  if (base == nullptr) return;

  const std::string_view key = new_name != nullptr ? "newName"
                               : tag != nullptr    ? "newTag"
                               : digest != nullptr ? "digest"
                                                   : "tagSuffix";
  Found found = found_in(tree, *scalar(tree, entry, key), format, json_pointer(path, key));
  found.place = found.written;
  found.object = name == nullptr ? "" : "image " + std::string(name->text);
  found.value = tree.decode(*base).trimmed();
  if (tag != nullptr) {
    found.value.append_synthesised(":");
    found.value.append(tree.decode(*tag));
  }
  if (digest != nullptr) {
    found.value.append_synthesised("@");
    found.value.append(tree.decode(*digest));
  }
  found.written = found.value;
  const auto parts = image::split_reference(found.value.text());
  if (new_name == nullptr && is_pattern(base->text)) {
    found.unresolved = "its name is a pattern, and which image that is only rendering shows";
  } else if (tag != nullptr && !tag->is_string()) {
    found.unresolved = "Kustomize refuses a newTag that is a number: quote it";
  } else if (parts && !parts->tag && !parts->digest) {
    found.unresolved = "the tag is that of the base";
  } else if (parts && parts->tag) {
    place_digest(tree, entry, found);
  }
  add_found(std::move(found), out);
}

}  // namespace

void collect_kustomize_images(const Tree& tree, const Node& images, std::string_view format, const std::string& path,
                              image::Collected& out) {
  for (std::size_t i = 0; i < images.children.size(); ++i) {
    read_entry(tree, Tree::resolve(*images.children[i]), format, json_pointer(path, i), out);
  }
}

namespace {

// A patch that stands in the file. One that names a file has no line end.
void read_patch(const Tree& tree, const Node* text, std::string_view format, const std::string& path,
                image::Collected& out) {
  if (text == nullptr || !text->is_scalar() || text->text.find_first_of("\n{[") == std::string_view::npos) return;
  const MappedText inner = tree.decode(*text);
  const auto patch = Tree::read_embedded(inner);
  collect_manifests(*patch, format, path, out);
  report_embedded(*patch, inner, "patch", out);
}

// A patch in a file of its own. Manifests in it are found under its own name; lists of operations only from here.
void read_patch_file(const Source& source, std::string_view named, const Files& files, image::Collected& out) {
  const auto path = join_path(folder_of_path(source.path()), named);
  const SourceText* text = named.empty() || !path ? nullptr : files.find(*path);
  if (text == nullptr) return;
  const Source patch(*path, std::string(text->bytes()));
  for (const Node* document : patch.tree().documents()) {
    const Node& root = Tree::resolve(*document);
    if (root.is_sequence() || claim_kubernetes(*path) == Claim::none) {
      collect_manifest(patch.tree(), root, "kustomize", "", out);
    }
  }
}

void read_patch_files(const Source& source, const Node& root, const Files& files, image::Collected& out) {
  const Tree& tree = source.tree();
  for (const std::string_view key : {"patches", "patchesJson6902", "patchesStrategicMerge"}) {
    const Node* patches = tree.find_sequence(root, key);
    if (patches == nullptr) continue;
    each_item(*patches, "", [&](const Node& item, const std::string&) {
      const std::string_view named = item.is_scalar() ? item.text : tree.find_text(item, "path");
      if (named.find_first_of("\n{[") == std::string_view::npos) read_patch_file(source, named, files, out);
    });
  }
}

void read_charts(const Tree& tree, const Node& charts, const std::string& path, image::Collected& out) {
  each_item(charts, path, [&](const Node& chart, const std::string& at) {
    if (const Node* values = tree.find_mapping(chart, "valuesInline")) {
      const std::string name = "chart " + std::string(tree.find_text(chart, "name"));
      collect_helm_values(tree, *values, "kustomize", json_pointer(at, "valuesInline"), name, "", out);
    }
  });
}

}  // namespace

void collect_kustomize_patches(const Tree& tree, const Node& holder, std::string_view format, const std::string& path,
                               image::Collected& out) {
  for (const std::string_view key : {"patches", "patchesJson6902", "patchesStrategicMerge"}) {
    const Node* patches = tree.find_sequence(holder, key);
    if (patches == nullptr) continue;
    each_item(*patches, json_pointer(path, key), [&](const Node& item, const std::string& at) {
      item.is_scalar() ? read_patch(tree, &item, format, at, out)
                       : read_patch(tree, tree.find(item, "patch"), format, json_pointer(at, "patch"), out);
    });
  }
}

Claim claim_kustomize(std::string_view path) {
  const std::string_view name = name_of_path(path);
  if (name == "kustomization.yaml" || name == "kustomization.yml" || name == "Kustomization") return Claim::declared;
  return is_yaml_name(name) ? Claim::possible : Claim::none;
}

image::Collected collect_kustomize(const Source& source, const Files& files) {
  image::Collected out;
  const Tree& tree = source.tree();
  const bool declared = claim_kustomize(source.name()) == Claim::declared;
  for (const Node* document : tree.documents()) {
    const Node& root = Tree::resolve(*document);
    const std::string_view group = tree.find_text(root, "apiVersion");
    if (!declared && !group.starts_with("kustomize.config.k8s.io/")) continue;
    const Node* images = tree.find_sequence(root, "images");
    if (images != nullptr) collect_kustomize_images(tree, *images, "kustomize", "/images", out);
    collect_kustomize_patches(tree, root, "kustomize", "", out);
    read_patch_files(source, root, files, out);
    if (const Node* charts = tree.find_sequence(root, "helmCharts")) read_charts(tree, *charts, "/helmCharts", out);
  }
  return out;
}

}  // namespace lock::collect
