// `lock update`: bring images.lock in line with the tree, with the smallest change.
//
// New images are resolved, entries that no file names are dropped, known digests stay: an unchanged tree asks no
// registry anything. Named images (or all, with `upgrade`) are resolved anew. What is certain is written; what could
// not be determined keeps its old entry and is listed. Scopes share their questions, so that a digest is fetched once.
//
// Who signed is looked for wherever a digest is new or was asked for anew, and recorded (continuity.hpp). A digest that
// lacks a signer whom the lock held is not taken until an [[accept]] covers that. Rules of images.toml hold nothing
// back; what they ask for in vain is said.
//
// What only rendering shows (charts of charts, what operators start) is locked when manifests are given, in the lock of
// the scope where the run starts, and leaves it when later ones lack it; without manifests it stays.
//
// Two updates at once serialise on the folder of each lock, from reading it to writing it.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lockfile/document/compare.hpp"
#include "lockfile/ops/editing.hpp"
#include "lockfile/ops/rendered_text.hpp"
#include "lockfile/ops/scan.hpp"
#include "lockfile/ops/workspace.hpp"
#include "resolver/base/error.hpp"
#include "resolver/image/reference.hpp"
#include "resolver/image/registry.hpp"
#include "resolver/image/signature.hpp"

namespace lock::ops {

// What to begin with instead of a lock file that holds conflict markers.
struct StartingLock {
  std::string lock_file;
  document::Document document;
  // Entries that nobody may rely on: resolved anew, and left out where that fails.
  std::set<image::Reference> doubtful;
};

struct UpdateOptions {
  // References or globs to resolve anew. Without a tag: every tag of the repository.
  std::vector<std::string> images;
  bool upgrade = false;                  // all of them
  bool allow_missing_platforms = false;  // take a digest that lacks a used platform
  bool dry_run = false;                  // ask, and write nothing
  std::vector<StartingLock> starts;      // at most one a lock file
  std::vector<RenderedText> rendered;    // all that is rendered; none: what an earlier rendering brought stays
  // What tags name, from elsewhere: their registries are not asked for them. An Error is as one of the registry.
  std::map<image::Reference, Result<image::Resolution>> answers;
  // Pins in the sources of this tree that are the old digest of a tag which is resolved anew go with it; the scan is
  // that of the tree.
  const Opened* write_pins = nullptr;
  int guard_seconds = 300;  // how long to wait for another update
};

struct UpdateChange {
  std::string lock_file;  // in which lock
  std::string reference;  // the key of the entry
  document::Change change = document::Change::added;
  std::string old_digest;  // empty when added
  std::string new_digest;  // empty when removed
  std::string reason;      // "named in Dockerfile:3", "no file names it", "the tag moved", …
  std::vector<image::Signer> old_signers;
  std::vector<image::Signer> new_signers;
};

struct UpdateCounts {
  std::size_t entries = 0;   // in the locks afterwards
  std::size_t kept = 0;      // of them unchanged
  std::size_t rendered = 0;  // of them there because of a rendering
  std::size_t asked = 0;     // tags
  std::size_t fetched = 0;   // manifests
  std::size_t surveyed = 0;  // images whose signatures were looked for
  std::size_t written = 0;   // lock files
};

struct UpdateResult {
  std::vector<UpdateChange> changes;  // sorted by lock file and reference
  std::vector<image::Finding> findings;
  std::vector<image::Undetermined> undetermined;
  EditingResult pins;  // moved in the sources, or to be moved; and those that cannot be
  UpdateCounts counts;
};

// Errors: `usage` for an image that neither the tree nor a lock nor a rendering names, and for manifests that are none
// (rendered_text.hpp); `io` when a lock cannot be read or written.
// A lock with findings of its own is not written over (findings say so), unless all of them are about images that are
// resolved anew.
[[nodiscard]] Result<UpdateResult> update(const Workspace& workspace, const Scan& scan, const UpdateOptions& options,
                                          image::Registry& registry, image::SignatureVerifier& verifier);

// `update --check`: no registry, no clock, nothing written. The changes are what an update would have to do; when there
// are any, the lock is out of date. New digests are not known and empty, unless a file writes them. `rendered` as
// above.
[[nodiscard]] Result<UpdateResult> check_update(const Workspace& workspace, const Scan& scan,
                                                const std::vector<RenderedText>& rendered = {});

}  // namespace lock::ops
