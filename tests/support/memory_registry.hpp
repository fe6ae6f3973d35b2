// A registry in memory that remembers what it was asked: the test double of image::Registry for everything above it.
// (The scripted server in tests/support/registry/ is for tests of the client itself.)
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/image/registry.hpp"

namespace lock::test {

class MemoryRegistry final : public image::Registry {
 public:
  // Puts an index with one image for each platform under the tag, and says its digest. `salt` makes other contents.
  image::Digest add_index(std::string_view tag, const std::vector<std::string>& platforms, std::string_view salt = "1");
  // An index of what is there already, without a word about platforms.
  image::Digest add_bare_index(std::string_view tag, const std::vector<image::Digest>& children);
  // A single image without an index.
  image::Digest add_image(std::string_view tag, std::string_view platform, std::string_view salt = "1");
  // A manifest whose config is none of an image.
  image::Digest add_artifact(std::string_view tag, std::string_view salt = "1");

  void remove_tag(std::string_view tag) { tags_.erase(reference(tag)); }
  void remove_manifest(const image::Digest& digest) { manifests_.erase(digest); }
  // Served bytes are no longer what the digest says.
  void tamper(const image::Digest& digest) { tampered_.insert(digest); }
  void only_at_mirror(const image::Digest& digest) { at_mirror_.insert(digest); }
  // Every question about the registry (a host) fails so.
  void fail_host(std::string_view host, ErrorKind kind) { failing_.emplace(host, kind); }
  // Tags are answered by a GET, with the bytes, as of a server that refuses HEAD.
  void answer_with_content() { with_content_ = true; }
  [[nodiscard]] image::Digest platform_digest(const image::Digest& index, std::string_view platform) const;

  // "resolve docker.io/library/nginx:1", "manifest …", "blob …", "presence …", in the order of asking.
  std::vector<std::string> asked;

  [[nodiscard]] std::vector<Result<image::Resolution>> resolve(std::span<const image::Reference> tags) override;
  [[nodiscard]] std::vector<Result<image::ManifestContent>> manifests(
      std::span<const image::Reference> digests) override;
  [[nodiscard]] std::vector<Result<image::VerifiedBytes>> blobs(std::span<const image::Reference> digests,
                                                                std::size_t most) override;
  [[nodiscard]] std::vector<Result<image::Presence>> presence(std::span<const image::Reference> digests) override;
  [[nodiscard]] std::vector<Result<image::Referrers>> referrers(std::span<const image::Reference> subjects) override;

 private:
  struct Stored {
    std::string bytes;
    std::string media_type;
    std::map<std::string, image::Digest> platforms;
  };

  [[nodiscard]] static image::Reference reference(std::string_view text);
  [[nodiscard]] std::optional<Error> failure(const image::Reference& reference) const;
  image::Digest store(std::string bytes, std::string_view media_type);
  image::Digest store_image(std::string_view platform, std::string_view salt);

  std::map<image::Reference, image::Digest> tags_;
  std::map<image::Digest, Stored> manifests_;
  std::map<image::Digest, std::string> blobs_;
  std::set<image::Digest> tampered_;
  std::set<image::Digest> at_mirror_;
  std::map<std::string, ErrorKind, std::less<>> failing_;
  bool with_content_ = false;
};

}  // namespace lock::test
