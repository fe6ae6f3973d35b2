// Where a run stands: which folder is its root, and what surrounds it.
//
// The root is the nearest folder upward that holds an `images.toml`; with none, the root of the git checkout; outside
// of one, the folder that the run was started in. The search ends at the root of the checkout. Outside of a checkout it
// ends below the first folder that belongs to somebody else or that everybody may write to (/tmp): a stranger's
// images.toml must not become ours.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/error.hpp"

namespace lock::tree {

inline constexpr std::string_view settings_name = "images.toml";

// Paths are absolute and free of symbolic links. Text is bytes: a name may hold anything but '/' and NUL.
struct Location {
  std::string root;                       // of the run; all files are told relative to it
  bool has_settings = false;              // an images.toml stands in it
  std::string checkout;                   // root of the git checkout; empty outside of one
  std::vector<std::string> outer_scopes;  // folders above `root` that hold an images.toml, outermost first

  // The topmost folder whose `.lockignore` counts.
  [[nodiscard]] const std::string& top() const;
  // `root` as seen from top(): empty when they are one, else without slashes at the ends.
  [[nodiscard]] std::string root_in_top() const;
};

// Errors: `usage` when `start` is no folder.
[[nodiscard]] Result<Location> locate(const std::filesystem::path& start);

}  // namespace lock::tree
