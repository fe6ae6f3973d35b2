// The whole program in this process: arguments in; exit status, output and messages out. Nothing is replaced: files,
// sockets and the cache (a folder that the caller names) are real.
#pragma once

#include <chrono>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace lock::test {

struct Ran {
  int status = -1;
  std::string out;
  std::string err;
};

// `lock -C directory arguments…`, with LOCK_CACHE of this process set meanwhile. `deadline`: of each request, where the
// client's own is too long for a test.
[[nodiscard]] Ran run_lock(const std::filesystem::path& directory, const std::filesystem::path& cache,
                           std::vector<std::string> arguments,
                           std::optional<std::chrono::milliseconds> deadline = std::nullopt);

// What `lock --report json verify …` ended with.
struct VerifyAnswer {
  int status = -1;
  std::string check;  // of the first error, else of the first thing undetermined; on status 2 what the message says
  friend bool operator==(const VerifyAnswer&, const VerifyAnswer&) = default;
};
std::ostream& operator<<(std::ostream& out, const VerifyAnswer& answer);

// `said`, when given, takes the checks of all findings and undetermined questions, sorted, each once (without the note
// that the built-in trusted root is old).
[[nodiscard]] VerifyAnswer answer_of(const Ran& ran, std::vector<std::string>* said = nullptr);

}  // namespace lock::test
