// Which files a run looks at. In a git checkout those that git tracks or would show as untracked; elsewhere all of
// them; in both without the default skips and what a `.lockignore` leaves out.
//
// The list is sorted by bytes and the same for any number of threads and any order of folders on disk. It says what the
// names say: whether a path is a file, a link or gone is seen when it is read (reading.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/image/occurrence.hpp"
#include "resolver/tree/location.hpp"
#include "resolver/tree/rules.hpp"

namespace lock::tree {

// What a file's name says about it.
enum class Interest : std::uint8_t {
  none,      // not to be read
  possible,  // its contents decide: a YAML file
  declared,  // its name declares a format that is ours: a Dockerfile. When it cannot be read, something is unchecked.
};

struct ListedFile {
  std::string path;  // relative to the root of the run; bytes, not necessarily UTF-8
  Interest interest = Interest::none;
  std::uint32_t scope = 0;  // index in Listing::scopes
};

struct ListingOptions {
  // Of a path relative to the root of the run. Called on several threads at once.
  std::function<Interest(std::string_view path)> interest;
  // Files and folders relative to the root to keep to; empty: everything.
  std::vector<std::string> only;
  unsigned threads = 0;  // 0: as many as there are cores, 2 to 8
};

struct Listing {
  std::string root;  // as in the Location
  bool from_git = false;
  std::vector<ListedFile> files;  // sorted by path
  // Folders that start a scope, relative to the root, sorted; the first is "", the root itself.
  std::vector<std::string> scopes;
  LeftOut left_out;
  std::size_t submodules = 0;  // checkouts in the checkout, not entered
  std::vector<image::Problem> problems;

  // nullptr when there is none. `path` as in ListedFile.
  [[nodiscard]] const ListedFile* find(std::string_view path) const;
};

// Errors: those of ask_git and walk_folder.
[[nodiscard]] Result<Listing> list_files(const Location& location, const ListingOptions& options);

}  // namespace lock::tree
