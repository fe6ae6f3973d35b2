#include "resolver/registry/layout.hpp"

#include <algorithm>

#include "resolver/base/encoding.hpp"
#include "resolver/base/file.hpp"
#include "resolver/base/json.hpp"
#include "resolver/base/text.hpp"
#include "resolver/registry/remote.hpp"

namespace lock::registry {
namespace {

using image::Descriptor;
using image::Digest;
using image::Reference;
using image::VerifiedBytes;

constexpr std::size_t most_manifest_bytes = std::size_t{4} << 20;
constexpr std::size_t most_index_bytes = std::size_t{64} << 20;  // a monorepo's thousands of images in one folder
constexpr std::size_t most_entries = 100'000;

std::unexpected<Error> wrong(std::string_view name, std::string what) {
  return fail(ErrorKind::configuration, std::string(name) + " " + std::move(what));
}

// "sha512:…" in the same shape as an entry's descriptor in a manifest, but here read leniently in one respect: what is
// not about the descriptor itself is not looked at.
Result<Descriptor> read_entry(const boost::json::value& value, std::string_view name) {
  const boost::json::object* object = value.if_object();
  if (object == nullptr) return wrong(name, "has an entry that is not an object");
  auto digest = Digest::parse(base::find_string(*object, "digest").value_or(""));
  if (!digest) return wrong(name, "has an entry with a bad digest: " + digest.error().message);
  const auto size = base::find_unsigned(*object, "size");
  if (!size) return wrong(name, "has an entry without a size");
  Descriptor descriptor{std::string(base::find_string(*object, "mediaType").value_or("")),
                        std::move(*digest),
                        *size,
                        std::nullopt,
                        std::string(base::find_string(*object, "artifactType").value_or("")),
                        {}};
  if (const boost::json::object* annotations = base::find_object(*object, "annotations")) {
    for (const auto& [key, text] : *annotations) {
      if (text.is_string()) descriptor.annotations.emplace(std::string(key), std::string(text.get_string()));
    }
  }
  return descriptor;
}

// A full reference says its registry; "1.25" or "nginx:1.25" would be read as something on docker.io.
std::optional<Reference> full_reference(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return std::nullopt;
  const std::string_view first = std::string_view(text).substr(0, slash);
  if (!first.contains('.') && !first.contains(':') && first != "localhost") return std::nullopt;
  auto reference = Reference::parse(text);
  if (!reference || !reference->tag()) return std::nullopt;
  return reference->without_digest();
}

Result<bool> name_entry(LayoutIndex& index, const Descriptor& descriptor, std::string_view name) {
  for (const char* annotation : {"io.containerd.image.name", "org.opencontainers.image.ref.name"}) {
    const auto found = descriptor.annotations.find(annotation);
    if (found == descriptor.annotations.end()) continue;
    const auto reference = full_reference(found->second);
    if (!reference) {
      index.unusable_names.push_back(base::harmless(found->second, 120));
      continue;
    }
    const auto [entry, added] = index.named.emplace(reference->canonical(), descriptor);
    if (!added && entry->second.digest != descriptor.digest) {
      return wrong(name, "has two entries named " + reference->canonical() + " with different digests");
    }
    return true;
  }
  return true;
}

std::string blob_name(const Digest& digest) {
  return "blobs/" + std::string(digest.algorithm_name()) + "/" + std::string(digest.hex());
}

}  // namespace

Result<LayoutIndex> parse_layout_index(std::string_view text, std::string_view name) {
  auto value = base::parse_json(text, name, {.depth = 32, .bytes = most_index_bytes});
  if (!value) {
    Error error = value.error();
    error.kind = ErrorKind::configuration;
    if (error.place) error.message.insert(0, std::string(name) + " ");
    return std::unexpected(std::move(error));
  }
  const boost::json::object* object = value->if_object();
  if (object == nullptr) return wrong(name, "is not a JSON object");
  if (base::find_unsigned(*object, "schemaVersion") != 2U) return wrong(name, "does not say schemaVersion 2");
  const boost::json::array* manifests = base::find_array(*object, "manifests");
  if (manifests == nullptr) return wrong(name, "has no list of manifests");
  if (manifests->size() > most_entries) return wrong(name, "has more than 100,000 entries");
  LayoutIndex index;
  for (const boost::json::value& entry : *manifests) {
    auto descriptor = read_entry(entry, name);
    if (!descriptor) return std::unexpected(descriptor.error());
    auto named = name_entry(index, *descriptor, name);
    if (!named) return std::unexpected(named.error());
    index.entries.push_back(std::move(*descriptor));
  }
  return index;
}

Result<Layout> Layout::open(const std::filesystem::path& path, std::string name) {
  const std::string doing = "opening the image layout " + name;
  const auto unusable = [&doing](Error error) {
    error.kind = ErrorKind::configuration;
    return while_doing(doing, std::move(error));
  };
  auto files = LayoutFiles::open(path, std::move(name));
  if (!files) return unusable(files.error());
  auto marker = files->read("oci-layout", 4096);
  if (!marker && files->has_member("manifest.json")) {
    // `docker save` before Docker 25: layers as they lie on disk, under other digests than any registry's.
    return fail(ErrorKind::configuration,
                doing +
                    ": it is an archive of the old kind, which holds no manifests, so nothing in it has the digest "
                    "that a registry knows",
                "save it again with `docker save` of Docker 25 or later, or `skopeo copy docker://IMAGE "
                "oci-archive:FILE.tar:IMAGE`");
  }
  if (!marker) return unusable(marker.error());
  auto version = base::parse_json(*marker, files->name_of("oci-layout"));
  const boost::json::object* object = version ? version->if_object() : nullptr;
  if (object == nullptr || base::find_string(*object, "imageLayoutVersion") != "1.0.0") {
    return fail(ErrorKind::configuration, doing + ": oci-layout does not say imageLayoutVersion 1.0.0");
  }
  auto text = files->read("index.json", most_index_bytes);
  if (!text) return unusable(text.error());
  auto index = parse_layout_index(*text, files->name_of("index.json"));
  if (!index) return std::unexpected(index.error());
  return Layout(std::move(*files), std::move(*index));
}

std::unexpected<Error> Layout::not_held(const Digest& digest) const {
  return fail(ErrorKind::absent, "the image layout " + files_.name() + " does not hold " + digest.text());
}

Result<VerifiedBytes> Layout::read(const Digest& digest, std::size_t most) const {
  const std::string name = blob_name(digest);
  auto bytes = files_.read(name, most);
  if (!bytes && bytes.error().kind == ErrorKind::absent) return not_held(digest);
  if (!bytes) return std::unexpected(bytes.error());
  auto verified = VerifiedBytes::check(std::move(*bytes), digest);
  if (!verified) return while_doing("reading " + files_.name_of(name), verified.error());
  return verified;
}

Result<image::Resolution> Layout::resolve(const Reference& reference) const {
  const std::string name = reference.without_digest().canonical();
  const auto found = index_.named.find(name);
  if (found != index_.named.end()) {
    return image::Resolution{found->second.digest, found->second.media_type, std::nullopt};
  }
  std::string hint;
  if (!index_.unusable_names.empty()) {
    hint = "entries are named by full reference there; \"" + index_.unusable_names.front() + "\" is not one";
  }
  return fail(ErrorKind::absent, "the image layout " + files_.name() + " has no entry named " + name, std::move(hint));
}

Result<image::ManifestContent> Layout::manifest(const Reference& reference) const {
  auto bytes = read(*reference.digest(), most_manifest_bytes);
  if (!bytes) return std::unexpected(bytes.error());
  const auto found = std::ranges::find(index_.entries, *reference.digest(), &Descriptor::digest);
  return image::ManifestContent{std::move(*bytes), found == index_.entries.end() ? "" : found->media_type};
}

Result<VerifiedBytes> Layout::blob(const Reference& reference, std::size_t most) const {
  return read(*reference.digest(), most);
}

bool file_holds(const std::filesystem::path& path, const Digest& digest, std::uint64_t size) {
  base::Hasher hasher(digest.algorithm());
  std::uint64_t seen = 0;
  auto read = read_pieces(path, [&](BytesView piece) {
    hasher.update(piece);
    seen += piece.size();
    return seen <= size;
  });
  return read && seen == size && base::to_hex(hasher.finish()) == digest.hex();
}

Result<bool> Layout::blob_to(const Reference& reference, std::uint64_t size, Spool& spool) const {
  const Digest& digest = *reference.digest();
  const std::string name = blob_name(digest);
  auto begun = spool.begin(digest, size);
  if (!begun) return std::unexpected(begun.error());
  auto read = files_.read_pieces(name, [&spool](BytesView piece) { return spool.write(piece); });
  if (!read && read.error().kind == ErrorKind::absent) return not_held(digest);
  if (!read) return std::unexpected(read.error());
  auto whole = spool.finish();
  if (!whole) return while_doing("reading " + files_.name_of(name), whole.error());
  return true;
}

Result<bool> Layout::exists(const Reference& reference) const {
  auto bytes = read(*reference.digest(), most_manifest_bytes);
  if (!bytes) return std::unexpected(bytes.error());
  return true;
}

// A layout has no referrers API: every manifest that index.json lists is read for its `subject`, once.
Result<bool> Layout::find_subjects() {
  std::map<Digest, std::vector<Descriptor>> by_subject;
  for (const Descriptor& entry : index_.entries) {
    auto bytes = read(entry.digest, most_manifest_bytes);
    if (!bytes && bytes.error().kind == ErrorKind::absent) continue;  // a sparse layout
    if (!bytes) return std::unexpected(bytes.error());
    auto manifest = image::parse_manifest(*bytes, entry.media_type);
    if (!manifest) return while_doing("looking for referrers in " + files_.name(), manifest.error());
    if (!manifest->subject) continue;
    Descriptor descriptor = entry;
    if (descriptor.artifact_type.empty()) descriptor.artifact_type = manifest->artifact_type;
    if (descriptor.artifact_type.empty() && manifest->config) descriptor.artifact_type = manifest->config->media_type;
    descriptor.annotations = manifest->annotations;
    by_subject[manifest->subject->digest].push_back(std::move(descriptor));
  }
  by_subject_ = std::move(by_subject);
  return true;
}

Result<image::Referrers> Layout::referrers(const Reference& subject) {
  auto existence = exists(subject);
  if (!existence) return std::unexpected(existence.error());
  if (!by_subject_) {
    auto found = find_subjects();
    if (!found) return std::unexpected(found.error());
  }
  image::Referrers referrers;
  const auto found = by_subject_->find(*subject.digest());
  if (found != by_subject_->end()) referrers.manifests = found->second;

  const std::string tag = fallback_tag(*subject.digest());
  const auto fallback = index_.named.find(Reference(subject.repository(), tag, std::nullopt).canonical());
  if (fallback != index_.named.end()) {
    auto bytes = read(fallback->second.digest, most_manifest_bytes);
    if (!bytes) return std::unexpected(bytes.error());
    auto index = image::parse_manifest(*bytes, fallback->second.media_type);
    if (!index) return while_doing("reading the referrers tag " + tag, index.error());
    for (Descriptor& descriptor : index->manifests) {
      const bool known =
          std::ranges::find(referrers.manifests, descriptor.digest, &Descriptor::digest) != referrers.manifests.end();
      if (!known) referrers.manifests.push_back(std::move(descriptor));
    }
  }
  referrers.proven_absent = referrers.manifests.empty();
  return referrers;
}

}  // namespace lock::registry
