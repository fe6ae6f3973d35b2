// What the locks of a run hold, by the questions that rendered images ask.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lockfile/document/document.hpp"
#include "lockfile/settings/settings.hpp"

namespace lock::ops {

// How a digest stands to some entries.
struct DigestMatch {
  const document::Entry* entry = nullptr;              // none: no entry holds it
  const document::PlatformDigest* platform = nullptr;  // it is not the entry's own digest but this platform's
};

// The repositories that a name below the prefix of a configured mirror stands for, the longest prefix first.
[[nodiscard]] std::vector<image::Repository> behind_mirror(const image::Repository& repository,
                                                           const std::map<std::string, settings::Registry>& registries);

class LockedImages {
 public:
  // Both must outlive it.
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
  const std::map<std::string, settings::Registry>& registries_;
};

}  // namespace lock::ops
