// What is shown of a run that brought images.lock in line with the tree: the changes, findings, and a summary on
// standard error. For `update` and whatever else ends in that deed.
#pragma once

#include <filesystem>

#include "cli/commands/command.hpp"
#include "lockfile/ops/update.hpp"

namespace lock::cli {

struct UpdateKind {
  bool check = false;    // asked for the difference alone: any change is a failure
  bool dry_run = false;  // nothing was written
};

[[nodiscard]] Outcome updated(const ops::UpdateResult& result, const UpdateKind& how, const std::filesystem::path& root,
                              const Session& session);

}  // namespace lock::cli
