// The whole program in this process: arguments in; exit status, output and messages out. Nothing is replaced: files,
// sockets and the cache (a folder that the caller names) are real.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lock::test {

struct Ran {
  int status = -1;
  std::string out;
  std::string err;
};

// `lock -C directory arguments…`, with LOCK_CACHE of this process set meanwhile.
[[nodiscard]] Ran run_lock(const std::filesystem::path& directory, const std::filesystem::path& cache,
                           std::vector<std::string> arguments);

}  // namespace lock::test
