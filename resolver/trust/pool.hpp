// Many small pieces of work on a few threads: the cryptography of a run.
#pragma once

#include <cstddef>
#include <functional>

namespace lock::trust {

// Calls `work(0)` … `work(count - 1)`, each once, on up to `threads` threads (at least one, the caller's among them),
// and returns when all are done. `work` must be safe to call at once for different numbers. An exception ends the
// others early and comes out here.
void for_each_on_threads(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& work);

}  // namespace lock::trust
