// A registry prefix as the place where copies go: distribution-spec v1.1, "Pushing". What lies in
// docker.io/library/nginx goes to HOST/PREFIX/docker.io/library/nginx, so that two registries never meet under one
// name; a registry that images.toml already gives a mirror at or below the prefix goes there instead.
//
// Blobs are asked for by HEAD, mounted from another repository of the host where one has them, and else sent in chunks
// from a file. Where an upload stands is kept in the cache's folder, so that a run that was killed goes on in the
// middle of a blob instead of sending it again. Registries without the referrers API get the fallback tag.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "resolver/registry/destination.hpp"
#include "resolver/registry/remote.hpp"

namespace lock::registry {

struct PushSettings {
  std::string prefix;                           // without slashes at the ends; may be empty
  std::map<std::string, std::string> prefixes;  // of registries that images.toml gives a place: "docker.io" -> "hub"
  std::filesystem::path spool;                  // folder for blobs on their way
  std::filesystem::path uploads;                // folder that remembers open uploads; empty: they are not resumed
  std::uint64_t chunk = std::uint64_t{16} << 20;
};

class Push final : public Destination {
 public:
  Push(std::unique_ptr<Remote> remote, PushSettings settings);

  [[nodiscard]] std::string place_of(const image::Repository& repository) const override;
  [[nodiscard]] std::string name_of(const image::Reference& reference) const override;
  [[nodiscard]] std::string name_of_registry(const std::string& registry) const override;
  [[nodiscard]] Task<Result<bool>> has_blob(image::Repository repository, image::Descriptor blob) override;
  [[nodiscard]] Task<Result<BlobPut>> put_blob(image::Repository repository, image::Descriptor blob,
                                               std::vector<image::Repository> elsewhere, Fetch fetch) override;
  [[nodiscard]] Task<Result<bool>> has_manifest(image::Reference reference) override;
  [[nodiscard]] Task<Result<bool>> put_manifest(image::Reference reference, image::VerifiedBytes bytes,
                                                std::string media_type) override;
  [[nodiscard]] Task<Result<bool>> check_manifest(image::Reference reference) override;
  [[nodiscard]] Task<Result<bool>> link_referrers(image::Reference subject,
                                                  std::vector<image::Descriptor> referrers) override;
  [[nodiscard]] Result<void> finish() override { return {}; }
  [[nodiscard]] Task<Result<bool>> check_tag(image::Reference reference) override;

 private:
  struct Upload {
    Url location;
    std::uint64_t offset = 0;
    std::uint64_t chunk = 0;
  };

  [[nodiscard]] image::Repository far(const image::Repository& repository) const;
  [[nodiscard]] image::Reference far(const image::Reference& reference) const;
  [[nodiscard]] Question question(const image::Repository& at, std::string method, std::string rest) const;
  [[nodiscard]] Error error_of(const Question& question, const HttpAnswer& answer) const;
  [[nodiscard]] Task<Result<HttpAnswer>> ask_upload(image::Repository at, std::string method, Url where,
                                                    std::vector<Header> headers, FileBody body);
  [[nodiscard]] Task<Result<std::optional<Upload>>> open_upload(image::Repository at, image::Digest digest,
                                                                std::optional<image::Repository> from);
  [[nodiscard]] Task<std::optional<Upload>> resume(image::Repository at, image::Digest digest);
  [[nodiscard]] Task<std::optional<Upload>> status_of(image::Repository at, Url location, std::uint64_t chunk);
  [[nodiscard]] Task<Result<bool>> send(image::Repository at, image::Digest digest, const Spool& spool, Upload upload);
  [[nodiscard]] Result<Url> location_of(const Url& asked, const HttpAnswer& answer) const;
  [[nodiscard]] std::filesystem::path record_path(const image::Repository& at, const image::Digest& digest) const;
  void remember(const image::Repository& at, const image::Digest& digest, const Upload& upload) const;
  void remember_holder(const image::Repository& at, const image::Digest& digest) const;
  [[nodiscard]] std::optional<image::Repository> holder_of(const image::Repository& at,
                                                           const image::Digest& digest) const;
  void forget(const image::Repository& at, const image::Digest& digest) const;

  std::unique_ptr<Remote> remote_;
  PushSettings settings_;
};

// Registries of the configuration whose mirror lies at this host, at or below the prefix: what is copied must lie where
// it will be looked for.
[[nodiscard]] std::map<std::string, std::string> mirror_prefixes(const RegistryConfiguration& configuration,
                                                                 const std::string& host, const std::string& prefix);

// The folder for blobs on their way (below the cache, else the system's for temporary files) and, with a cache, the one
// that remembers open uploads.
[[nodiscard]] Result<void> prepare_folders(const std::filesystem::path& cache, PushSettings& settings);

// What follows the prefix for a registry: its name as a path component, "localhost_5000" for localhost:5000.
[[nodiscard]] std::string path_of_registry(std::string_view registry);

// `bytes=0-99` or `0-99` -> 100: how much of an upload a registry has. "0-0" is nothing, since that is what registries
// say of an empty upload.
[[nodiscard]] std::optional<std::uint64_t> parse_upload_range(std::string_view text);

// The index of the referrers tag schema.
[[nodiscard]] Bytes referrers_index(const std::vector<image::Descriptor>& referrers);

}  // namespace lock::registry
