// Root reads everything. A test of what cannot be read becomes somebody else for a while.
#pragma once

#include <unistd.h>

#include <cstdlib>

namespace lock::support {

// While one lives, the process of root acts as nobody; that of another user stays as it is. Not thread-safe: the user
// is the whole process's.
class SomebodyElse {
 public:
  static constexpr uid_t nobody = 65534;

  SomebodyElse() : is_root_(geteuid() == 0) {
    if (is_root_ && seteuid(nobody) != 0) std::abort();
  }
  ~SomebodyElse() {
    if (is_root_ && seteuid(0) != 0) std::abort();  // every later test would fail for another reason
  }
  SomebodyElse(const SomebodyElse&) = delete;
  SomebodyElse& operator=(const SomebodyElse&) = delete;

 private:
  bool is_root_;
};

}  // namespace lock::support
