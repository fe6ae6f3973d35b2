// What a scripted registry holds: repositories with blobs, manifests and tags, all made at run time. Every byte is
// hashed when it is added; nothing stops a test from putting bytes under a digest that is not theirs (`lie`).
//
// Things that are added under a name can be spoken of later as `${name}` (the digest), `${name.hex}`, `${name.size}`,
// in descriptions, in faults and in expectations; `expand` replaces them. Not thread-safe; ScriptedRegistry guards it.
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/bytes.hpp"

namespace lock::test {

struct StoredManifest {
  Bytes bytes;
  std::string media_type;
  std::string subject;        // digest text; empty when the manifest names none
  std::string artifact_type;  // as the referrers API shows it
  boost::json::object annotations;
};

struct StoredRepository {
  std::map<std::string, StoredManifest> manifests;  // by digest text
  std::map<std::string, Bytes> blobs;               // by digest text
  std::map<std::string, std::string> tags;          // tag -> digest text
};

struct ImageOptions {
  std::vector<std::string> platforms{"linux/amd64"};  // one: a single manifest; several: an index
  bool index = false;                                 // an index even for one platform
  bool docker = false;                                // Docker's media types instead of OCI's
  bool attestation = false;                           // BuildKit's attestation child for each platform
  std::string algorithm = "sha256";                   // or sha512
  std::size_t layers = 1;
  std::size_t layer_bytes = 32;
  std::string salt;  // two images with different salts have different digests
  std::string tag;
  std::string name;
  boost::json::object annotations;
};

struct ArtifactOptions {
  std::string artifact_type = "application/vnd.example.artifact.v1+json";
  std::string config_type = "application/vnd.oci.empty.v1+json";
  std::string layer_type = "application/octet-stream";
  std::string payload = "payload";
  std::string subject;  // digest text
  std::string tag;
  std::string name;
  boost::json::object annotations;
  boost::json::object layer_annotations;
};

class Content {
 public:
  // All of these return the digest text of what was added. The repository is made when it is not there.
  std::string add_blob(const std::string& repository, Bytes bytes, const std::string& algorithm = "sha256");
  std::string add_manifest(const std::string& repository, Bytes bytes, const std::string& media_type,
                           const std::string& tag = {}, const std::string& name = {},
                           const std::string& algorithm = "sha256");
  std::string add_image(const std::string& repository, const ImageOptions& options = {});
  std::string add_artifact(const std::string& repository, const ArtifactOptions& options);
  // The fallback tag of the referrers API (`sha256-<hex>`): an index of what names this subject now.
  std::string add_fallback_tag(const std::string& repository, const std::string& subject);
  // cosign's `sha256-<hex>.sig` (or `.att`): an artifact under that tag, without a subject.
  std::string add_companion_tag(const std::string& repository, const std::string& subject, const std::string& suffix,
                                const std::string& payload);

  void tag(const std::string& repository, const std::string& tag, const std::string& digest);
  void lie(const std::string& repository, const std::string& digest, Bytes bytes);  // manifest or blob, other bytes
  void remove(const std::string& repository, const std::string& digest_or_tag);
  void name(const std::string& name, const std::string& digest) { names_[name] = digest; }

  // Adds what a description says: a list of objects, as described in README.md. Throws std::runtime_error, which names
  // the entry.
  void describe(const boost::json::array& entries);

  [[nodiscard]] StoredRepository* find(std::string_view repository);
  [[nodiscard]] const std::map<std::string, StoredRepository>& repositories() const { return repositories_; }
  [[nodiscard]] std::string digest_of(std::string_view name) const;  // throws when there is no such name
  [[nodiscard]] const std::map<std::string, std::string>& names() const { return names_; }
  [[nodiscard]] std::string expand(std::string_view text) const;  // unknown ${…} stay as they are

 private:
  void describe_entry(const boost::json::object& entry);
  std::size_t size_of(const std::string& digest) const;
  std::map<std::string, StoredRepository> repositories_;
  std::map<std::string, std::string> names_;
};

// `sha256:<hex>` or `sha512:<hex>` of bytes.
[[nodiscard]] std::string digest_text(std::string_view bytes, const std::string& algorithm = "sha256");

// Replaces `${key}` by what `value` gives for it; a key for which it gives nothing stays.
[[nodiscard]] std::string expand_with(std::string_view text,
                                      const std::function<std::optional<std::string>(std::string_view)>& value);

}  // namespace lock::test
