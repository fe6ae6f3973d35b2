#include "resolver/collect/split_map.hpp"

#include <initializer_list>

#include "resolver/base/text.hpp"
#include "resolver/image/reference.hpp"

namespace lock::collect {
namespace {

// The first of the keys whose value is a scalar that is not null.
const Node* first_scalar(const Tree& tree, const Node& mapping, std::initializer_list<std::string_view> keys,
                         std::string_view* which = nullptr) {
  for (const std::string_view key : keys) {
    const Node* value = tree.find(mapping, key);
    if (value == nullptr || !value->is_scalar() || value->is_null()) continue;
    if (which != nullptr) *which = key;
    return value;
  }
  return nullptr;
}

bool has_host(std::string_view repository) {
  const std::size_t slash = repository.find('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view first = repository.substr(0, slash);
  return first.find_first_of(".:$") != std::string_view::npos || first == "localhost";
}

void join(MappedText& text, std::string_view joint, const MappedText& part) {
  text.append_synthesised(joint);
  text.append(part);
}

}  // namespace

std::optional<SplitMap> read_split_map(const Tree& tree, const Node& mapping, bool named_image, std::string_view format,
                                       const std::string& path, std::string_view default_tag) {
  const Node* registry = first_scalar(tree, mapping, {"registry", "imageRegistry"});
  std::string_view key;
  const Node* repository = first_scalar(tree, mapping, {"repository", "imageRepository"}, &key);
  if (repository == nullptr && (registry != nullptr || named_image)) {
    repository = first_scalar(tree, mapping, {"name", "image", "imageName"}, &key);
  }
  const Node* tag = first_scalar(tree, mapping, {"tag", "imageTag", "version"});
  const Node* digest = first_scalar(tree, mapping, {"digest", "sha", "sha256"});
  if (repository == nullptr || !repository->is_string()) return std::nullopt;
  if (!named_image && tag == nullptr && digest == nullptr && registry == nullptr) return std::nullopt;

  SplitMap made;
  made.repository = repository;
  Found& found = made.found;
  found = found_in(tree, *repository, format, json_pointer(path, key));
  const MappedText name = found.written;
  if (name.empty()) return std::nullopt;
  MappedText text = registry == nullptr ? MappedText{} : tree.decode(*registry);
  const bool registry_known = !text.empty() || has_host(name.text());
  text.empty() ? text.append(name) : join(text, "/", name);
  if (tag != nullptr && !tree.decode(*tag).empty()) {
    join(text, ":", tree.decode(*tag));
  } else if (!default_tag.empty() && (digest == nullptr || tree.decode(*digest).empty()) &&
             name.text().find_first_of(":@") == std::string_view::npos) {
    text.append_synthesised(":" + std::string(default_tag));
    found.not_editable = "the tag is the chart's appVersion";
  }
  if (digest != nullptr) {
    const MappedText value = tree.decode(*digest);
    const bool bare = value.text().find(':') == std::string_view::npos;
    if (value.empty()) {
      found.digest_place = value.origin_at(0);
    } else {
      join(text, bare ? "@sha256:" : "@", value);
      if (bare) found.not_editable = "the digest is written without its algorithm";
    }
  }
  found.place = name;
  found.written = text;
  found.value = text;
  if (!registry_known) found.unresolved = "registry unknown without rendering";
  return made;
}

void join_tag_beside(const Tree& tree, const Node& mapping, std::string_view key, Found& found) {
  const auto parts = image::split_reference(found.value.text());
  if (!parts || parts->tag || parts->digest) return;
  const Node* tag = first_scalar(tree, mapping, {std::string(key) + "Tag"});
  if (tag == nullptr && base::equal_ignoring_case(key, "image")) tag = first_scalar(tree, mapping, {"tag"});
  if (tag == nullptr || tag->text.empty()) return;
  found.place = found.value;
  join(found.value, ":", tree.decode(*tag));
  found.written = found.value;
}

}  // namespace lock::collect
