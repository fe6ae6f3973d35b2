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
  // [0] is looked up in the absolute folders of our PATH, unless it holds a '/'; then it is relative to `directory`.
  std::vector<std::string> arguments;
  std::string directory;                                 // working directory; empty: ours
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

// The answer is complete when the child has exited; what it leaves behind in its process group is killed. The child
// inherits no descriptors beyond the standard three.
//
// Errors: `absent` when the program does not exist, `limit` on time or output caps (the child's group is killed),
// `io` otherwise. A non-zero exit is an answer, not an Error. Thread-safe.
[[nodiscard]] Result<ProcessAnswer> run_process(const ProcessRequest& request);

}  // namespace lock::base
