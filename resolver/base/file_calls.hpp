// The system calls that durable writing makes: the narrow seam through which a test makes each of them fail, or ends
// the process in front of it. Names, arguments, results and errno are those of POSIX.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace lock::base {

class FileCalls {
 public:
  FileCalls() = default;
  FileCalls(const FileCalls&) = delete;
  FileCalls& operator=(const FileCalls&) = delete;
  virtual ~FileCalls() = default;

  [[nodiscard]] virtual int open(const char* path, int flags, mode_t mode);
  [[nodiscard]] virtual ssize_t write(int descriptor, const void* bytes, std::size_t count);
  [[nodiscard]] virtual int fchmod(int descriptor, mode_t mode);
  [[nodiscard]] virtual int fsync(int descriptor);
  [[nodiscard]] virtual int close(int descriptor);
  [[nodiscard]] virtual int rename(const char* from, const char* to);
  [[nodiscard]] virtual int unlink(const char* path);

  // The kernel's. Has no state.
  [[nodiscard]] static FileCalls& system();
};

}  // namespace lock::base
