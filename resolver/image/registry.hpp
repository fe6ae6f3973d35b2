// Where images come from, as seen by everything above: one interface over registries, layouts on disk, mirrors and the
// cache. Implementations live in resolver/registry/; only cli/assemble.cpp chooses them.
//
// Questions come in batches, a *wave*: everything in one call is asked concurrently, and the call returns when each
// question has its answer or its Error. Answers stand in the order of the questions. Equal questions in one wave are
// asked once. Not thread-safe: one wave at a time, from one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/image/manifest.hpp"
#include "resolver/image/reference.hpp"
#include "resolver/image/verified.hpp"

namespace lock::image {

// What a tag names now. The digest comes from a header and is only a name for what to GET, unless `content` is set:
// then the bytes came along (a GET by tag was needed) and the digest was computed over them.
struct Resolution {
  Digest digest;
  std::string media_type;
  std::optional<VerifiedBytes> content;
};

struct ManifestContent {
  VerifiedBytes bytes;
  std::string served_type;  // Content-Type without parameters, or the layout descriptor's type
};

enum class Presence : std::uint8_t {
  present,
  gone,            // the registry itself, or an authoritative mirror, says 404
  only_at_mirror,  // the registry says 404, a mirror serves it
  origin_silent,   // the registry cannot be reached, a mirror serves it
};

// A subject's referrers: everything that names it, from the referrers API or the fallback tag, descriptors not
// filtered. `proven_absent` only as registries.md decision 7 has it. `unread` is why one of the two places could not be
// read though the other had some: those count, and there may be more. Nothing found and a place unread is the Error.
struct Referrers {
  bool proven_absent = false;
  std::vector<Descriptor> manifests;
  std::optional<Error> unread = std::nullopt;
};

// A manifest that said something about a subject when its places were last listed: a referrer, or what a companion tag
// (`sha256-<hex>.sig`) named.
struct Attachment {
  std::string tag_suffix;  // ".sig"; empty for a referrer
  Digest digest;
  friend auto operator<=>(const Attachment&, const Attachment&) = default;
};

class Registry {
 public:
  Registry() = default;
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;
  virtual ~Registry() = default;

  // Tag -> digest, by HEAD. Every reference has a tag; a written digest is ignored. ErrorKind::absent: the registry
  // says that there is no such tag or repository.
  [[nodiscard]] virtual std::vector<Result<Resolution>> resolve(std::span<const Reference> tags) = 0;

  // Manifests by digest, hashed here. ErrorKind::mismatch when the bytes are others.
  [[nodiscard]] virtual std::vector<Result<ManifestContent>> manifests(std::span<const Reference> digests) = 0;

  // Blobs by digest (configs, signature payloads; never layers), hashed here, at most `most` bytes each.
  [[nodiscard]] virtual std::vector<Result<VerifiedBytes>> blobs(std::span<const Reference> digests,
                                                                 std::size_t most) = 0;

  // Whether a manifest still exists, asked of the registry itself, never of a cache.
  [[nodiscard]] virtual std::vector<Result<Presence>> presence(std::span<const Reference> digests) = 0;

  [[nodiscard]] virtual std::vector<Result<Referrers>> referrers(std::span<const Reference> subjects) = 0;

  // What was attached to a subject, kept for a time when its places cannot be listed. A hint of what to look at again
  // and proof of nothing, least of all of absence: `recall` gives it only to a run that is offline.
  virtual void remember(const Reference& /*subject*/, std::span<const Attachment> /*listed*/) {}
  [[nodiscard]] virtual std::vector<Attachment> recall(const Reference& /*subject*/) { return {}; }
};

}  // namespace lock::image
