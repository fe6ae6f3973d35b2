// What `git ls-files` printed: any bytes give an error or lists that are sorted, without repetition.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "resolver/tree/git.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto files = lock::tree::parse_git_files({reinterpret_cast<const char*>(data), size});
  if (!files) return 0;
  for (const auto* paths : {&files->paths, &files->submodules, &files->sparse}) {
    if (std::ranges::adjacent_find(*paths, std::ranges::greater_equal{}) != paths->end()) std::abort();
  }
  return 0;
}
