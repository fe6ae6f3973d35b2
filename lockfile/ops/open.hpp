// From a folder to what a run works on: where its root is, which scopes lie in it, what their images.toml files say.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "lockfile/ops/workspace.hpp"
#include "resolver/base/error.hpp"
#include "resolver/tree/listing.hpp"
#include "resolver/tree/location.hpp"

namespace lock::ops {

struct OpenOptions {
  std::filesystem::path start = ".";  // the scope is looked for from here upward
  std::string config;                 // read this file instead of the root's images.toml; relative to `start`
  std::chrono::sys_days today;        // the clock
  std::vector<std::string> only;      // files and folders to keep to, relative to `start`; empty: the whole scope
};

struct Opened {
  tree::Location location;
  tree::Listing listing;
  bool whole = true;    // the listing holds everything: `only` kept to nothing less
  Workspace workspace;  // its scopes stand in the order of listing.scopes
};

// Errors: `usage` for a folder that is none or a path outside of the root; `configuration` for an images.toml that
// cannot be read or that loosens what an outer one says; those of list_files.
[[nodiscard]] Result<Opened> open(const OpenOptions& options);

// A file or folder of the command line, relative to `start`, as the deeds name it: relative to the root, "" for the
// root itself. Errors: `usage`, for one that lies outside or is not there.
[[nodiscard]] Result<std::string> path_in_root(const std::filesystem::path& start, const std::string& path,
                                               const std::filesystem::path& root);

}  // namespace lock::ops
