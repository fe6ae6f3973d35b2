#include "lockfile/ops/resolve_merge.hpp"

#include <algorithm>
#include <utility>

#include "lockfile/document/merge.hpp"
#include "lockfile/document/read.hpp"
#include "lockfile/ops/lock_file.hpp"
#include "resolver/base/text.hpp"
#include "resolver/tree/git_command.hpp"
#include "resolver/tree/git_unmerged.hpp"

namespace lock::ops {
namespace {

using document::Document;

// One version of the lock: `:2:images.lock` is how git names it. A side without the file has an empty lock.
Result<Document> read_stage(const Workspace& workspace, const std::optional<std::string>& object,
                            const std::string& name) {
  if (!object) return Document();
  auto bytes = tree::read_object(workspace.root.string(), *object, most_lock_bytes);
  if (!bytes) return std::unexpected(std::move(bytes.error()));
  return document::sound(document::read(*bytes, name));
}

Result<StartingLock> start_from(const Workspace& workspace, const tree::UnmergedFile& file) {
  auto ours = read_stage(workspace, file.ours, ":2:" + file.path);
  if (!ours) return std::unexpected(std::move(ours.error()));
  auto theirs = read_stage(workspace, file.theirs, ":3:" + file.path);
  if (!theirs) return std::unexpected(std::move(theirs.error()));
  // As in the driver: a base that is no lock is no measure.
  auto base = read_stage(workspace, file.base, ":1:" + file.path);
  if (!base && base.error().kind != ErrorKind::configuration) return std::unexpected(std::move(base.error()));
  document::Merge merged = document::merge(base ? *base : Document(), *ours, *theirs);

  StartingLock start{file.path, std::move(merged.document), {}};
  for (document::Undecided& undecided : merged.undecided) {
    // An entry that one side dropped and the other changed: the changed one is right if a file still names it.
    if (undecided.clash != document::Clash::removed) start.doubtful.insert(undecided.either().reference);
    if (undecided.ours && undecided.theirs) {
      // Whom either side held must have signed what takes the place of both.
      auto& signers = undecided.ours->signers;
      signers.insert(signers.end(), undecided.theirs->signers.begin(), undecided.theirs->signers.end());
      document::sort_signers(signers);
    }
    start.document.insert(undecided.ours ? std::move(*undecided.ours) : std::move(*undecided.theirs));
  }
  return start;
}

bool is_lock(const Workspace& workspace, const std::string& path) {
  return std::ranges::any_of(workspace.scopes, [&](const Scope& scope) { return scope.lock_file == path; });
}

bool counts(const tree::Listing& listing, const std::string& path) {
  const tree::ListedFile* file = listing.find(path);
  const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  return (file != nullptr && file->interest != tree::Interest::none) || name == tree::settings_name ||
         name == ".lockignore";
}

std::unexpected<Error> no_conflict(const std::string& file) {
  return fail(ErrorKind::configuration,
              "git's index holds no conflict of " + (file.empty() ? "an images.lock" : base::harmless(file)),
              "a lock with markers that git no longer knows about: take a version with `git checkout REV -- "
              "images.lock`, then run `lock update`");
}

}  // namespace

Result<UpdateResult> resolve_merge(const Workspace& workspace, const tree::Listing& listing, const Scan& scan,
                                   const std::string& file, image::Registry& registry,
                                   image::SignatureVerifier& verifier) {
  const auto unmerged = tree::list_unmerged(workspace.root.string());
  if (!unmerged) return std::unexpected(unmerged.error());
  UpdateOptions options;
  std::vector<std::string> others;
  for (const tree::UnmergedFile& one : *unmerged) {
    if (!is_lock(workspace, one.path)) {
      if (counts(listing, one.path)) others.push_back(base::harmless(one.path));
    } else if (file.empty() || file == one.path) {
      auto start = start_from(workspace, one);
      if (!start) return std::unexpected(std::move(start.error()));
      options.starts.push_back(std::move(*start));
    }
  }
  if (options.starts.empty()) return no_conflict(file);
  if (!others.empty()) {
    return fail(ErrorKind::configuration, "not merged yet: " + base::join(others, ", "),
                "merge these first, since they say which images the lock must hold; then run this again");
  }
  return update(workspace, scan, options, registry, verifier);
}

}  // namespace lock::ops
