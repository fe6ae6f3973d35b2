#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "lockfile/exchange/importer.hpp"
#include "resolver/base/text.hpp"

namespace lock::exchange {
namespace {

using collect::Member;
using collect::Node;
using collect::Tree;

constexpr std::size_t kMostImages = 10'000;
constexpr std::string_view kExpected =
    "expected kind: ImagesLock with apiVersion v0 (dt) or imgpkg.carvel.dev/v1alpha1 (imgpkg, kbld)";

class Reader {
 public:
  explicit Reader(const collect::Source& source) : source_(source), tree_(source.tree()) {}

  Result<ForeignLock> read();

 private:
  using Read = Result<ForeignImage> (Reader::*)(const Node& item);
  struct Format {
    std::string_view tool;
    std::string_view api_version;
    std::array<std::string_view, 5> keys;
    Read read_image;
  };

  [[nodiscard]] std::unexpected<Error> refuse(const Node& node, std::string message, std::string hint = {}) const {
    return fail_at(ErrorKind::configuration, place_of(node), std::move(message), std::move(hint));
  }

  [[nodiscard]] Place place_of(const Node& node) const {
    Place place;
    place.file = source_.path();
    place.position = source_.text().lines().position(node.span.begin);
    place.line = std::string(source_.text().lines().line(place.position.line).substr(0, 4096));
    return place;
  }

  [[nodiscard]] Result<void> check_keys(const Node& node, std::string_view what,
                                        std::initializer_list<std::string_view> known) const {
    if (!node.is_mapping()) return refuse(node, std::string(what) + " is no mapping");
    for (const Member& member : tree_.members(node)) {
      if (std::ranges::find(known, member.key->text) != known.end()) continue;
      return refuse(*member.key, "unknown key '" + base::harmless(member.key->text, 80) + "' in " + std::string(what),
                    "a newer version of the tool may have written it; nothing of the file was taken");
    }
    return {};
  }

  [[nodiscard]] Result<std::string> text_of(const Node& node, std::string_view key, std::string_view what) const {
    const Node* value = tree_.find(node, key);
    if (value != nullptr && value->is_scalar() && !value->text.empty()) return std::string(value->text);
    return refuse(value != nullptr ? *value : node, std::string(what) + " has no `" + std::string(key) + "`");
  }

  [[nodiscard]] Result<image::Digest> digest_of(const Node& node, const std::string& text) const {
    auto digest = image::Digest::parse(text);
    if (digest) return std::move(*digest);
    return refuse(node, "malformed digest: " + base::describe(digest.error()));
  }

  Result<ForeignImage> read_dt_image(const Node& item);
  Result<ForeignImage> read_imgpkg_image(const Node& item);
  Result<void> add(ForeignImage image, ForeignLock& lock) const;

  const collect::Source& source_;
  const Tree& tree_;
};

Result<ForeignImage> Reader::read_dt_image(const Node& item) {
  if (auto known = check_keys(item, "an image", {"name", "image", "chart", "digests"}); !known) {
    return std::unexpected(std::move(known.error()));
  }
  auto text = text_of(item, "image", "an image");
  if (!text) return std::unexpected(std::move(text.error()));
  const std::string_view bare =
      text->starts_with("oci://") ? std::string_view(*text).substr(6) : std::string_view(*text);
  auto reference = image::Reference::parse(bare);
  if (!reference) return refuse(item, "not an image reference: " + base::describe(reference.error()));
  ForeignImage image{std::move(*reference), std::nullopt, {}, place_of(item)};
  const Node* digests = tree_.find_sequence(item, "digests");
  if (digests == nullptr || digests->children.empty()) return refuse(item, "an image has no `digests`");
  for (const Node* child : digests->children) {
    const Node& row = Tree::resolve(*child);
    if (auto known = check_keys(row, "a digest", {"digest", "arch"}); !known) {
      return std::unexpected(std::move(known.error()));
    }
    auto written = text_of(row, "digest", "a digest");
    if (!written) return std::unexpected(std::move(written.error()));
    auto digest = digest_of(row, *written);
    if (!digest) return std::unexpected(std::move(digest.error()));
    image.of_platforms.push_back(std::move(*digest));
  }
  std::ranges::sort(image.of_platforms);
  return image;
}

Result<ForeignImage> Reader::read_imgpkg_image(const Node& item) {
  if (auto known = check_keys(item, "an image", {"image", "annotations"}); !known) {
    return std::unexpected(std::move(known.error()));
  }
  auto text = text_of(item, "image", "an image");
  if (!text) return std::unexpected(std::move(text.error()));
  auto by_digest = image::Reference::parse(*text);
  if (!by_digest || !by_digest->digest()) return refuse(item, "`image` is no image by digest");
  const image::Digest digest = *by_digest->digest();
  const Node* annotations = tree_.find_mapping(item, "annotations");
  const std::string_view id =
      annotations == nullptr ? std::string_view() : tree_.find_text(*annotations, "kbld.carvel.dev/id");
  if (auto named = image::Reference::parse(id); named && (!named->digest() || *named->digest() == digest)) {
    return ForeignImage{named->digest() ? std::move(*named) : named->without_digest(), digest, {}, place_of(item)};
  }
  return ForeignImage{std::move(*by_digest), digest, {}, place_of(item)};
}

Result<void> Reader::add(ForeignImage image, ForeignLock& lock) const {
  const auto at = std::ranges::lower_bound(lock.images, image.reference, {}, &ForeignImage::reference);
  if (at == lock.images.end() || at->reference != image.reference) {
    lock.images.insert(at, std::move(image));
    return {};
  }
  if (at->digest == image.digest && at->of_platforms == image.of_platforms) return {};
  return fail_at(ErrorKind::configuration, std::move(image.place),
                 image.reference.familiar() + " stands here with other digests than in line " +
                     std::to_string(at->place.position.line));
}

Result<ForeignLock> Reader::read() {
  static constexpr std::array formats = {
      Format{"dt", "v0", {"apiVersion", "kind", "metadata", "chart", "images"}, &Reader::read_dt_image},
      Format{"imgpkg",
             "imgpkg.carvel.dev/v1alpha1",
             {"apiVersion", "kind", "images", "images", "images"},
             &Reader::read_imgpkg_image},
  };
  const auto trouble = tree_.failure()            ? tree_.failure()
                       : tree_.warnings().empty() ? std::nullopt
                                                  : std::optional(tree_.warnings().front());
  if (trouble) {
    Node at;
    at.span = trouble->span;
    return refuse(at, trouble->message, trouble->hint);
  }
  if (tree_.documents().size() != 1 || !tree_.documents().front()->is_mapping()) {
    return fail(ErrorKind::configuration, source_.path() + " is no lock of dt or imgpkg", std::string(kExpected));
  }
  const Node& root = *tree_.documents().front();
  const auto format = std::ranges::find(formats, tree_.find_text(root, "apiVersion"), &Format::api_version);
  if (format == formats.end() || tree_.find_text(root, "kind") != "ImagesLock") {
    return refuse(root, "no lock of dt or imgpkg", std::string(kExpected));
  }
  const auto& keys = format->keys;
  if (auto known = check_keys(root, "the lock", {keys[0], keys[1], keys[2], keys[3], keys[4]}); !known) {
    return std::unexpected(std::move(known.error()));
  }
  ForeignLock lock{format->tool, {}};
  const Node* images = tree_.find_sequence(root, "images");
  if (images == nullptr || images->children.empty()) return refuse(root, "the lock has no images");
  if (images->children.size() > kMostImages) {
    return fail(ErrorKind::limit, source_.path() + " has more than " + std::to_string(kMostImages) + " images");
  }
  for (const Node* child : images->children) {
    auto image = (this->*format->read_image)(Tree::resolve(*child));
    if (!image) return std::unexpected(std::move(image.error()));
    if (auto added = add(std::move(*image), lock); !added) return std::unexpected(std::move(added.error()));
  }
  return lock;
}

}  // namespace

Result<ForeignLock> read_foreign_lock(const collect::Source& source) { return Reader(source).read(); }

}  // namespace lock::exchange
