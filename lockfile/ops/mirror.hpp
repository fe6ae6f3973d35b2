// `lock mirror DEST`: copy what is locked to another place, whole, so that it is still there when its registry is not.
// The copier (resolver/image/copier.hpp) says what whole means and does the work; here stand which images, under which
// names, and what follows for the one who asked.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "lockfile/ops/workspace.hpp"
#include "resolver/base/error.hpp"
#include "resolver/image/copier.hpp"
#include "resolver/image/finding.hpp"

namespace lock::ops {

// A folder (an OCI image layout), or a registry with a path in front of the repositories.
struct MirrorDestination {
  std::filesystem::path folder;  // empty: a registry
  std::string host;
  std::string prefix;  // without slashes at the ends; may be empty
};

// "./backup", "/srv/images" or a name without a dot or a port is a folder, below `below` when it is relative;
// "mirror.example.com/backup" and "localhost:5000" are registries. Errors: `usage`, when it could be either (a folder
// of that name exists) or is neither.
[[nodiscard]] Result<MirrorDestination> read_destination(std::string_view text, const std::filesystem::path& below);

struct MirroredImage {
  std::string lock_file;
  std::string reference;  // the key of the entry
  std::string digest;
  std::string copy;          // how the destination calls it; empty: it could not be copied
  std::size_t attached = 0;  // referrers and signature tags that came along
};

// What images.toml should say so that the copies are found; only where it does not say so yet.
struct MirrorRow {
  std::string registry;
  std::string host;    // for `mirrors`
  std::string layout;  // for `layout`
};

struct MirrorResult {
  std::vector<MirroredImage> images;  // sorted by lock file and reference
  std::vector<MirrorRow> rows;        // sorted by registry
  image::CopyCounts counts;
  std::vector<image::Finding> findings;  // mirror-incomplete, digest-mismatch
  std::vector<image::Undetermined> undetermined;
};

// Errors: a lock that is missing or broken (`configuration`).
[[nodiscard]] Result<MirrorResult> mirror(const Workspace& workspace, const MirrorDestination& destination,
                                          image::Copier& copier);

}  // namespace lock::ops
