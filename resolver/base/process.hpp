// Child processes, without a shell. The narrow seam through which `git` and credential helpers are asked.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "resolver/base/bytes.hpp"
#include "resolver/base/error.hpp"

namespace lock::base {

struct ProcessRequest {
  std::vector<std::string> arguments;  // [0] is looked up in PATH unless it holds a '/'
  std::string directory;               // working directory; empty: ours
  std::vector<std::pair<std::string, std::string>> set;  // added to the process environment
  std::vector<std::string> unset;                        // removed from it; "GIT_*" style trailing star allowed
  Bytes input;                                           // written to its standard input
  std::chrono::milliseconds time_limit{30'000};
  std::size_t most_output = std::size_t{64} << 20;  // each of stdout and stderr; more is ErrorKind::limit
};

struct ProcessAnswer {
  int exit_status = 0;  // 128 + signal for a killed child
  Bytes output;
  Bytes errors;
};

// Errors: `absent` when the program does not exist, `limit` on time or output caps (the child's group is killed),
// `io` otherwise. A non-zero exit is an answer, not an Error. Thread-safe.
[[nodiscard]] Result<ProcessAnswer> run_process(const ProcessRequest& request);

}  // namespace lock::base
