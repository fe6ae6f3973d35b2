// `lock import`: begin with the digests that another tool's lock gives to the images of the tree.
//
// An update in all but one thing: a tag that the tree names, that images.lock does not hold and that the file does,
// gets the file's digest instead of what the tag says now. The manifest is fetched by that digest from the tag's own
// repository, and everything that an update would refuse is refused. A file that knows only the digests of platforms is
// confirmed by the index that the tag names now: when that has moved, the image is not locked and is undetermined.
#pragma once

#include <filesystem>
#include <string>

#include "lockfile/ops/scan.hpp"
#include "lockfile/ops/update.hpp"
#include "lockfile/ops/workspace.hpp"
#include "resolver/base/error.hpp"
#include "resolver/image/registry.hpp"

namespace lock::ops {

struct ImportOptions {
  std::filesystem::path file;
  std::string name;      // of the file, for messages
  bool dry_run = false;  // ask, and write nothing
};

struct ImportResult {
  UpdateResult update;     // its findings hold import-skipped for what was not taken from the file
  std::size_t images = 0;  // in the file
  std::size_t taken = 0;   // whose digests were
};

// Errors: those of reading the file and of `update`.
[[nodiscard]] Result<ImportResult> import_lock(const Workspace& workspace, const Scan& scan,
                                               const ImportOptions& options, image::Registry& registry,
                                               image::SignatureVerifier& verifier);

}  // namespace lock::ops
