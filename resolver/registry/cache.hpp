// What was fetched before. Parts that never mix:
//
//   content/<algorithm>/<hh>/<hex>   bytes by digest, hashed again on every reading; a file that is not what its name
//                                    says is removed and counts as missing, so a poisoned shared cache is harmless
//   realms/<hash of the registry>    where it sent for tokens
//   listings/<hash of the subject>   digests of what was attached to an image; says where to look when nobody can be
//                                    asked, proves nothing
//   tags/<hash of the reference>     what a tag named and when: for a short life an answer, then what to ask about;
//                                    serves speed, decides nothing
//
// Absence is never kept. The folder is made with mode 0700, files are written beside their place and renamed. A cache
// that cannot be written is no error: the answer is there all the same.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "resolver/image/registry.hpp"
#include "resolver/registry/challenge.hpp"

namespace lock::registry {

class Cache {
 public:
  // An empty folder: nothing is kept.
  explicit Cache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  [[nodiscard]] std::optional<image::VerifiedBytes> find(const image::Digest& digest, std::size_t most) const;
  void keep(const image::VerifiedBytes& bytes) const;

  [[nodiscard]] std::optional<image::Resolution> find_tag(const image::Reference& reference, std::int64_t now,
                                                          std::int64_t life) const;
  // What it was when it was last written down, however long ago: something to ask about, and no answer.
  [[nodiscard]] std::optional<image::Digest> last_of_tag(const image::Reference& reference) const;
  // The Bearer challenge that a registry last sent: a hint that saves one round trip and says nothing about trust.
  [[nodiscard]] std::optional<Challenge> find_challenge(const std::string& registry) const;
  void keep_challenge(const std::string& registry, const Challenge& challenge) const;

  void keep_tag(const image::Reference& reference, const image::Resolution& resolution, std::int64_t now) const;

  // Of a subject by digest. An empty listing is absence, which is never kept: it only takes an earlier one away.
  [[nodiscard]] std::vector<image::Attachment> find_listing(const image::Reference& subject) const;
  void keep_listing(const image::Reference& subject, std::span<const image::Attachment> listed) const;

 private:
  struct KeptTag {
    image::Resolution resolution;
    std::uint64_t time = 0;
  };
  [[nodiscard]] std::optional<KeptTag> read_tag(const image::Reference& reference) const;
  [[nodiscard]] std::filesystem::path content_path(const image::Digest& digest) const;
  [[nodiscard]] std::filesystem::path tag_path(const image::Reference& reference) const;
  [[nodiscard]] std::filesystem::path realm_path(const std::string& registry) const;
  [[nodiscard]] std::filesystem::path listing_path(const image::Reference& subject) const;
  std::filesystem::path folder_;
};

// A kept listing, or nothing when it is of another subject or cannot be read.
[[nodiscard]] std::vector<image::Attachment> parse_listing(std::string_view text, const image::Reference& subject);

// Makes a folder and those above it that are missing, all with mode 0700.
[[nodiscard]] std::error_code make_private_folder(const std::filesystem::path& folder);

// Writes beside the place and renames; false when that fails. No fsync: what a crash emptied or cut short is noticed on
// reading, and durability would cost more than the request it saves.
[[nodiscard]] bool keep_file(const std::filesystem::path& path, std::string_view bytes);

// $LOCK_CACHE, else $XDG_CACHE_HOME/lock, else ~/.cache/lock; empty when none of these is known.
[[nodiscard]] std::filesystem::path default_cache_folder(const std::string& lock_cache, const std::string& xdg,
                                                         const std::string& home);

}  // namespace lock::registry
