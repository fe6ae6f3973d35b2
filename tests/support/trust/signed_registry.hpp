// A registry in memory with images, their referrers and cosign's tags, for tests of what lies where. It answers
// honestly, except where it is told to fail, and counts what it was asked.
#pragma once

#include <boost/json.hpp>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "resolver/image/registry.hpp"

namespace lock::test {

class SignedRegistry final : public image::Registry {
 public:
  // Every reference is in this repository.
  static image::Repository repository() { return {"registry.example", "acme/base"}; }
  static image::Reference image(const image::Digest& digest) { return {repository(), std::nullopt, digest}; }

  // A manifest with one layer of the bundle's type, listed as a referrer of `subject`. It names `names` (the subject
  // unless given) as its subject.
  image::Digest attach_bundle(const image::Digest& subject, const std::string& bundle,
                              std::optional<image::Digest> names = std::nullopt);
  // A referrer of another kind.
  image::Digest attach_artifact(const image::Digest& subject, const std::string& media_type);
  // Adds a layer to the manifest under `sha256-<hex><suffix>`.
  void add_layer(const image::Digest& subject, const std::string& suffix, const std::string& media_type,
                 const std::string& bytes, std::map<std::string, std::string> annotations);

  // Entries of an index: one platform's manifest; an attestation manifest as BuildKit writes it, about `about` if that
  // is said at all, a layer a statement, each with the predicate type that its annotation names (none when empty).
  image::Descriptor add_platform(const std::string& platform, const std::string& salt = "1");
  struct Attested {
    std::string statement;
    std::string annotated;
  };
  image::Descriptor add_attestation(const std::optional<image::Digest>& about, const std::vector<Attested>& layers);
  image::Digest add_index(const std::vector<image::Descriptor>& entries);
  void add_blob(const std::string& bytes) { put_blob(bytes, ""); }
  image::Digest add_manifest(const std::string& bytes);
  void tag(const std::string& name, const image::Digest& digest) { tags_.insert_or_assign(name, digest); }
  // Other bytes than their digests say, in the layout.
  void corrupt_bundles();
  void corrupt_blob(const image::Digest& digest) { blobs_.at(digest.text()) += " "; }
  void remove_manifest(const image::Digest& digest) { manifests_.erase(digest.text()); }

  // What tests/cases/cosign/record.py wrote: blobs, tags, and the index under the fallback tag as referrers.
  void load(const std::filesystem::path& folder);

  // All of it as an OCI image layout; referrers stand in the index under the fallback tag.
  void write_layout(const std::filesystem::path& folder);

  void corrupt_blobs() { corrupt_ = true; }
  std::optional<ErrorKind> fail_referrers, fail_tags, fail_manifests, fail_blobs;
  int waves = 0;
  std::size_t heaviest_wave = 0;  // bytes of blobs that were handed out at once
  std::map<std::string, int> questions;

  std::vector<Result<image::Resolution>> resolve(std::span<const image::Reference> tags) override;
  std::vector<Result<image::ManifestContent>> manifests(std::span<const image::Reference> digests) override;
  std::vector<Result<image::VerifiedBytes>> blobs(std::span<const image::Reference> digests, std::size_t most) override;
  std::vector<Result<image::Presence>> presence(std::span<const image::Reference> digests) override;
  std::vector<Result<image::Referrers>> referrers(std::span<const image::Reference> subjects) override;

 private:
  image::Descriptor put_blob(const std::string& bytes, const std::string& media_type);
  image::Digest put_manifest(const boost::json::object& manifest);
  std::map<std::string, std::string> blobs_, manifests_;
  std::map<std::string, image::Digest> tags_;
  std::map<std::string, boost::json::object> tagged_;
  std::map<std::string, std::vector<image::Descriptor>> referrers_;
  std::vector<image::Digest> bundles_;
  bool corrupt_ = false;
};

}  // namespace lock::test
