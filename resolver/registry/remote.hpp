// A registry over HTTP: the distribution-spec's questions, with the ways in which registries answer them otherwise.
// Everything is a task; bytes are hashed before they are returned. Mirrors are Remotes too, with another base and a
// `?ns=` that names whom they stand for.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "resolver/image/registry.hpp"
#include "resolver/registry/cache.hpp"
#include "resolver/registry/session.hpp"
#include "resolver/registry/spool.hpp"

namespace lock::registry {

inline constexpr std::size_t most_manifest = std::size_t{4} << 20;

// All four types, always: GHCR and distribution answer 404 when the stored type is not listed, Quay hands out schema 1,
// and without the list types a platform's digest would be taken for the image's.
inline constexpr std::string_view manifest_types =
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

// The referrers tag schema: `<algorithm>-<first 64 hex digits>`.
[[nodiscard]] std::string fallback_tag(const image::Digest& subject);

struct RemoteSettings {
  SessionSettings session;
  std::string prefix;  // in front of repositories, without slashes at the ends
  std::string ns;      // of a mirror: the canonical registry that it mirrors
  std::chrono::milliseconds request_deadline{30'000};
  std::string actions = "pull";  // what tokens are asked for
  const Cache* cache = nullptr;  // of what was fetched before; outlives the Remote; null: none
};

class Remote {
 public:
  Remote(Exchange& exchange, Tokens& tokens, Credentials& credentials, RemoteSettings settings);

  // HEAD; a GET where the host's HEAD is of no use, which is remembered for the host.
  [[nodiscard]] Task<Result<image::Resolution>> resolve(image::Reference reference);
  [[nodiscard]] Task<Result<image::ManifestContent>> manifest(image::Reference reference);
  [[nodiscard]] Task<Result<image::VerifiedBytes>> blob(image::Reference reference, std::size_t most);
  // Into a file, of any size, hashed on the way.
  [[nodiscard]] Task<Result<bool>> blob_to(image::Reference reference, std::uint64_t size, Spool& spool);
  // True, or an Error: `absent` when the registry says 404 to a GET as well. Asked anew each time.
  [[nodiscard]] Task<Result<bool>> exists(image::Reference reference);
  // A subject that answered in this run is not asked for again.
  [[nodiscard]] Task<Result<image::Referrers>> referrers(image::Reference subject);

  [[nodiscard]] Session& session() { return session_; }
  [[nodiscard]] const std::string& name() const { return settings_.session.registry; }
  // "/v2/<prefix/repository>/<rest>", with `ns` where there is one.
  [[nodiscard]] std::string target_of(const image::Repository& repository, std::string_view rest) const;
  [[nodiscard]] std::string path_of(const image::Repository& repository) const;

 private:
  [[nodiscard]] Question manifest_question(const image::Repository& repository, std::string_view method,
                                           std::string_view name) const;
  class BlobSink;
  class MemorySink;
  class SpoolSink;
  [[nodiscard]] Task<Result<bool>> read_blob(image::Reference reference, std::chrono::milliseconds deadline,
                                             BlobSink& sink);
  [[nodiscard]] Task<Result<image::Resolution>> resolve_by_get(image::Reference reference);
  [[nodiscard]] std::optional<image::VerifiedBytes> last_of_tag(const image::Reference& reference) const;
  [[nodiscard]] Task<Result<image::Referrers>> referrers_of_api(image::Reference subject);
  [[nodiscard]] Task<Result<image::Referrers>> referrers_of_tag(image::Reference subject);
  [[nodiscard]] Task<Result<image::ManifestContent>> kept_manifest(image::Reference reference);
  [[nodiscard]] Task<Result<bool>> answered(image::Reference subject);
  [[nodiscard]] Error request_error(const Question& question, const HttpAnswer& answer) const;
  [[nodiscard]] std::string request_text(const Question& question) const;
  void note(std::string text);

  RemoteSettings settings_;
  Session session_;
  // What this host's HEAD turned out to be worth. `honest`: a 404 to HEAD was confirmed by a 404 to GET. One question
  // at a time confirms, the others wait for it. A repository in which HEAD found a tag needs no confirmation.
  enum class Head : std::uint8_t { untested, honest, useless };
  [[nodiscard]] bool believes_absence(const image::Repository& repository) const;
  Head head_ = Head::untested;
  std::shared_ptr<Signal> confirming_;
  std::set<std::string> found_by_head_;      // repositories
  std::set<image::Reference> answered_for_;  // by digest: 200 in this run
};

// A Content-Type as a claim about the document: "" for the generic ones (text/plain, application/json, …) that claim
// nothing. Docker schema 1 in any spelling is ErrorKind::unsupported.
[[nodiscard]] Result<std::string> claimed_type(const HttpAnswer& answer);

}  // namespace lock::registry
