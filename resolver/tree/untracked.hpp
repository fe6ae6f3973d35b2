// Where in a checkout something lies that git does not track. In most checkouts that is nowhere, or in a few places,
// and then git need not search all of them: its search runs on one core and reads every folder.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace lock::tree {

// Files and folders that are not tracked, sorted, relative to `checkout`; a folder stands for all that it holds. Every
// untracked file is one of them or lies in one. `tracked` are all paths of the index below `below`, `submodules` too.
// Nothing when a folder could not be read: then git shall search, and say so in its words.
[[nodiscard]] std::optional<std::vector<std::string>> find_untracked(const std::string& checkout,
                                                                     const std::string& below,
                                                                     const std::vector<std::string>& tracked,
                                                                     const std::vector<std::string>& submodules,
                                                                     unsigned threads);

}  // namespace lock::tree
