#include "resolver/registry/cache.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "resolver/base/encoding.hpp"
#include "resolver/base/file.hpp"
#include "resolver/base/json.hpp"
#include "resolver/base/text.hpp"

namespace lock::registry {
namespace {

constexpr std::size_t kMostListing = std::size_t{256} << 10;

}  // namespace

std::error_code make_private_folder(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::is_directory(folder, error)) return {};
  if (folder.has_parent_path() && folder.parent_path() != folder) {
    if (const std::error_code above = make_private_folder(folder.parent_path())) return above;
  }
  if (mkdir(folder.c_str(), 0700) == 0) return {};
  const std::error_code failure(errno, std::generic_category());
  return std::filesystem::is_directory(folder, error) ? std::error_code() : failure;
}

bool keep_file(const std::filesystem::path& path, std::string_view bytes) {
  if (make_private_folder(path.parent_path())) return false;
  std::string name = path.string() + ".XXXXXX";
  const int descriptor = mkstemp(name.data());
  if (descriptor < 0) return false;
  bool good = true;
  while (good && !bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    good = written > 0;
    if (good) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  good = close(descriptor) == 0 && good;
  good = good && rename(name.c_str(), path.c_str()) == 0;
  if (!good) unlink(name.c_str());
  return good;
}

std::filesystem::path default_cache_folder(const std::string& lock_cache, const std::string& xdg,
                                           const std::string& home) {
  if (!lock_cache.empty()) return lock_cache;
  if (xdg.starts_with('/')) return std::filesystem::path(xdg) / "lock";
  if (home.starts_with('/')) return std::filesystem::path(home) / ".cache" / "lock";
  return {};
}

std::filesystem::path Cache::content_path(const image::Digest& digest) const {
  return folder_ / "content" / digest.algorithm_name() / digest.hex().substr(0, 2) / digest.hex();
}

std::filesystem::path Cache::tag_path(const image::Reference& reference) const {
  const std::string name = base::to_hex(base::hash(base::HashAlgorithm::sha256, reference.canonical()));
  return folder_ / "tags" / name.substr(0, 2) / name;
}

std::optional<image::VerifiedBytes> Cache::find(const image::Digest& digest, std::size_t most) const {
  if (folder_.empty()) return std::nullopt;
  const std::filesystem::path path = content_path(digest);
  auto bytes = base::read_file(path, most);
  if (!bytes) return std::nullopt;
  auto verified = image::VerifiedBytes::check(std::move(*bytes), digest);
  if (verified) return std::move(*verified);
  std::error_code error;
  std::filesystem::remove(path, error);
  return std::nullopt;
}

void Cache::keep(const image::VerifiedBytes& bytes) const {
  if (folder_.empty()) return;
  const std::filesystem::path path = content_path(bytes.digest());
  std::error_code error;
  if (std::filesystem::exists(path, error)) return;
  static_cast<void>(keep_file(path, bytes.bytes()));
}

std::optional<Cache::KeptTag> Cache::read_tag(const image::Reference& reference) const {
  if (folder_.empty()) return std::nullopt;
  auto text = base::read_file(tag_path(reference), std::size_t{16} * 1024);
  if (!text) return std::nullopt;
  auto value = base::parse_json(*text, "a cached tag");
  const boost::json::object* object = value ? value->if_object() : nullptr;
  if (object == nullptr || base::find_string(*object, "reference") != reference.canonical()) return std::nullopt;
  const auto time = base::find_unsigned(*object, "time");
  auto digest = image::Digest::parse(base::find_string(*object, "digest").value_or(""));
  if (!time || !digest) return std::nullopt;
  return KeptTag{{std::move(*digest), std::string(base::find_string(*object, "mediaType").value_or("")), std::nullopt},
                 *time};
}

std::optional<image::Resolution> Cache::find_tag(const image::Reference& reference, std::int64_t now,
                                                 std::int64_t life) const {
  if (life <= 0) return std::nullopt;
  auto kept = read_tag(reference);
  if (!kept || kept->time > static_cast<std::uint64_t>(now) ||
      static_cast<std::uint64_t>(now) - kept->time > static_cast<std::uint64_t>(life)) {
    return std::nullopt;
  }
  return std::move(kept->resolution);
}

std::optional<image::Digest> Cache::last_of_tag(const image::Reference& reference) const {
  const auto kept = read_tag(reference);
  return kept ? std::optional(kept->resolution.digest) : std::nullopt;
}

std::filesystem::path Cache::realm_path(const std::string& registry) const {
  return folder_ / "realms" / base::to_hex(base::hash(base::HashAlgorithm::sha256, registry));
}

std::optional<Challenge> Cache::find_challenge(const std::string& registry) const {
  if (folder_.empty()) return std::nullopt;
  auto text = base::read_file(realm_path(registry), std::size_t{16} * 1024);
  if (!text) return std::nullopt;
  auto value = base::parse_json(*text, "a remembered realm");
  const boost::json::object* object = value ? value->if_object() : nullptr;
  if (object == nullptr || base::find_string(*object, "registry") != registry) return std::nullopt;
  Challenge challenge{"bearer", {}};
  for (const char* name : {"realm", "service", "scope"}) {
    const std::string_view text_of_it = base::find_string(*object, name).value_or("");
    if (base::harmless(text_of_it, std::size_t{16} * 1024) != text_of_it) return std::nullopt;
    if (!text_of_it.empty()) challenge.parameters.emplace(name, text_of_it);
  }
  return challenge;
}

void Cache::keep_challenge(const std::string& registry, const Challenge& challenge) const {
  if (folder_.empty()) return;
  boost::json::object object{{"registry", registry}};
  for (const char* name : {"realm", "service", "scope"}) object[name] = challenge.parameter(name);
  const std::string text = boost::json::serialize(object);
  const auto before = base::read_file(realm_path(registry), std::size_t{16} * 1024);
  if (!before || *before != text) static_cast<void>(keep_file(realm_path(registry), text));
}

void Cache::keep_tag(const image::Reference& reference, const image::Resolution& resolution, std::int64_t now) const {
  if (folder_.empty()) return;
  const boost::json::object object{{"reference", reference.canonical()},
                                   {"digest", resolution.digest.text()},
                                   {"mediaType", resolution.media_type},
                                   {"time", now}};
  static_cast<void>(keep_file(tag_path(reference), boost::json::serialize(object)));
}

std::filesystem::path Cache::listing_path(const image::Reference& subject) const {
  const std::string name = base::to_hex(base::hash(base::HashAlgorithm::sha256, subject.canonical()));
  return folder_ / "listings" / name.substr(0, 2) / name;
}

std::vector<image::Attachment> parse_listing(std::string_view text, const image::Reference& subject) {
  auto value = base::parse_json(text, "a kept listing");
  const boost::json::object* object = value ? value->if_object() : nullptr;
  if (object == nullptr || base::find_string(*object, "subject") != subject.canonical()) return {};
  const boost::json::array* rows = base::find_array(*object, "attached");
  if (rows == nullptr) return {};
  std::vector<image::Attachment> listed;
  for (const boost::json::value& row : *rows) {
    const boost::json::object* one = row.if_object();
    if (one == nullptr) return {};
    auto digest = image::Digest::parse(base::find_string(*one, "digest").value_or(""));
    if (!digest) return {};
    listed.push_back({std::string(base::find_string(*one, "tag").value_or("")), std::move(*digest)});
  }
  return listed;
}

std::vector<image::Attachment> Cache::find_listing(const image::Reference& subject) const {
  if (folder_.empty()) return {};
  const auto text = base::read_file(listing_path(subject), kMostListing);
  return text ? parse_listing(*text, subject) : std::vector<image::Attachment>();
}

void Cache::keep_listing(const image::Reference& subject, std::span<const image::Attachment> listed) const {
  if (folder_.empty()) return;
  const std::filesystem::path path = listing_path(subject);
  if (listed.empty()) {
    std::error_code error;
    std::filesystem::remove(path, error);
    return;
  }
  boost::json::array rows;
  for (const image::Attachment& one : listed) {
    rows.push_back(boost::json::object{{"tag", one.tag_suffix}, {"digest", one.digest.text()}});
  }
  const std::string text =
      boost::json::serialize(boost::json::object{{"subject", subject.canonical()}, {"attached", std::move(rows)}});
  const auto before = base::read_file(path, kMostListing);
  if (!before || *before != text) static_cast<void>(keep_file(path, text));
}

}  // namespace lock::registry
