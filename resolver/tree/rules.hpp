// Which folders are entered and which files are left out, apart from what git says: the default skips and
// `.lockignore`.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/image/occurrence.hpp"
#include "resolver/tree/descent.hpp"
#include "resolver/tree/ignore.hpp"

namespace lock::tree {

inline constexpr std::string_view ignore_name = ".lockignore";

// Other people's code and made-up input: at any depth, whatever a `.lockignore` says.
inline constexpr std::array<std::string_view, 3> skipped_names = {"node_modules", "testdata", "vendor"};

[[nodiscard]] bool is_skipped_name(std::string_view name);

// What was left out. Of a folder, only its top is counted: a plain walk does not look inside.
struct LeftOut {
  std::map<std::string, std::size_t, std::less<>> skipped_folders;  // by name: "vendor" -> 3
  std::size_t ignored = 0;                                          // files and folders, by a .lockignore
  void add(const LeftOut& other);
};

using Chain = std::shared_ptr<const IgnoreChain>;

// The `.lockignore` at `path` in front of `outer`, or `outer` itself when there is none or it says nothing. One that
// cannot be read adds a problem (with `path` as its file): what it would have left out is then looked at.
[[nodiscard]] Chain with_ignore_file(Descent& descent, const std::string& folder, const Chain& outer,
                                     std::vector<image::Problem>& problems);

// By file, and by message within one: threads bring them in any order.
void sort_problems(std::vector<image::Problem>& problems);

[[nodiscard]] std::string join_path(std::string_view folder, std::string_view name);

}  // namespace lock::tree
