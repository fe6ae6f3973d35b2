// The walk of a folder that is no git checkout: every folder is read, by a few threads, except for `.git`, the default
// skips and what a `.lockignore` leaves out. Symbolic links are listed and not followed.
#pragma once

#include <string>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/tree/rules.hpp"

namespace lock::tree {

struct PlainFiles {
  std::vector<std::string> paths;  // all that is no folder, sorted by bytes
  LeftOut left_out;
  std::vector<image::Problem> problems;  // folders that could not be read
};

// Paths begin at `top`; what is listed lies under `below` in it ("" for all), for which `chain` holds.
[[nodiscard]] Result<PlainFiles> walk_folder(const std::string& top, const std::string& below, const Chain& chain,
                                             unsigned threads);

}  // namespace lock::tree
