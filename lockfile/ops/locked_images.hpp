// What the locks of a run hold, by the questions that rendered images ask.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lockfile/document/document.hpp"
#include "lockfile/settings/settings.hpp"

namespace lock::ops {

// How a digest stands to some entries.
struct DigestMatch {
  const document::Entry* entry = nullptr;              // none: no entry holds it
  const document::PlatformDigest* platform = nullptr;  // it is not the entry's own digest but this platform's
};

class LockedImages {
 public:
  // The documents must outlive it.
  LockedImages(const std::vector<document::Document>& documents,
               const std::map<std::string, settings::Registry>& registries);

  // Entries of exactly this tag (also those of pins that differ), or, without one, of the repository. A reference
  // below a configured mirror is looked up below its registry when the mirror's own name is not locked.
  [[nodiscard]] std::vector<const document::Entry*> find(const image::Reference& reference) const;

  [[nodiscard]] static DigestMatch match(const std::vector<const document::Entry*>& entries,
                                         const image::Digest& digest);

 private:
  [[nodiscard]] std::vector<const document::Entry*> find_exact(const image::Repository& repository,
                                                               const std::optional<std::string>& tag) const;

  std::map<image::Repository, std::vector<const document::Entry*>> repositories_;
  std::vector<std::pair<std::string, std::string>> mirrors_;  // "mirror.example.com/hub" -> "docker.io"
};

}  // namespace lock::ops
