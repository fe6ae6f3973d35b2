// One scope's lock on its way from the old document to the new one, as `lock update` goes through it.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "lockfile/ops/lock_file.hpp"
#include "lockfile/ops/rendered_places.hpp"
#include "lockfile/ops/scan.hpp"
#include "lockfile/ops/selection.hpp"
#include "lockfile/ops/signing.hpp"
#include "lockfile/ops/update.hpp"
#include "lockfile/ops/workspace.hpp"

namespace lock::ops {

struct UpdateWork {
  const Scope* scope = nullptr;
  const ScopeScan* scan = nullptr;
  LockFile lock;
  document::Document old;  // the entries that may be relied on, but for those that are doubtful
  std::set<image::Reference> doubtful;
  Places places{std::span<const image::Occurrence>()};  // that want entries
  bool blocked = false;                                 // the lock has findings that nobody asked to overwrite
  document::Document fresh;
  std::optional<Signing> signing;  // once the signatures were surveyed

  // What the lock said, where that is still good when nothing new is certain.
  [[nodiscard]] const document::Entry* kept(const image::Reference& key) const {
    return doubtful.contains(key) ? nullptr : old.find(key);
  }
};

// The lock of each scope, in the order of the workspace. `start`: what to begin with instead of the file, or nothing.
// Errors: a lock that is there and cannot be read.
[[nodiscard]] Result<UpdateWork> open_work(const Workspace& workspace, std::size_t scope, const Scan& scan,
                                           const StartingLock* start, const Selection& selection);

// Errors: `usage`, when an image that was named is in no lock and no file.
[[nodiscard]] Result<void> check_selection(const Selection& selection, const std::vector<UpdateWork>& works);

// Fills the places of all works. Findings and what is undetermined about the manifests go into `result`. Errors: those
// of read_rendered_images.
[[nodiscard]] Result<void> gather_places(const Workspace& workspace, const Scan& scan,
                                         const std::vector<RenderedText>& rendered, std::vector<UpdateWork>& works,
                                         UpdateResult& result);

}  // namespace lock::ops
