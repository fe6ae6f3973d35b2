#include "resolver/base/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace lock::base {

unsigned thread_count(unsigned wanted) {
  constexpr unsigned fewest = 2;
  constexpr unsigned most = 8;
  constexpr unsigned most_wanted = 64;
  if (wanted != 0) return std::min(wanted, most_wanted);
  return std::clamp(std::thread::hardware_concurrency(), fewest, most);
}

void in_parallel(std::size_t count, std::size_t run_length, unsigned threads,
                 const std::function<void(unsigned thread, std::size_t index)>& work) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr thrown;
  const auto run = [&](unsigned thread) {
    try {
      for (std::size_t begin = next.fetch_add(run_length); begin < count; begin = next.fetch_add(run_length)) {
        const std::size_t end = std::min(begin + run_length, count);
        for (std::size_t index = begin; index < end; ++index) work(thread, index);
      }
    } catch (...) {
      next = count;
      const std::lock_guard guard(mutex);
      if (!thrown) thrown = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> pool;
    for (unsigned thread = 0; thread < threads; ++thread) pool.emplace_back(run, thread);
  }
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace lock::base
