#include "resolver/base/parallel.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace lock::base {
namespace {

TEST(Parallel, EachIndexIsWorkedOnOnce) {
  for (const unsigned threads : {1u, 2u, 8u}) {
    std::vector<std::atomic<int>> seen(1001);
    std::vector<std::size_t> by_thread(threads);
    in_parallel(seen.size(), 7, threads, [&](unsigned thread, std::size_t index) {
      ++seen[index];
      ++by_thread[thread];
    });
    std::size_t all = 0;
    for (const auto count : by_thread) all += count;
    EXPECT_EQ(all, seen.size());
    for (const auto& count : seen) EXPECT_EQ(count, 1);
  }
}

TEST(Parallel, NothingToDoIsFine) {
  in_parallel(0, 10, 4, [](unsigned, std::size_t) { throw std::logic_error("there is no index"); });
}

TEST(Parallel, AnExceptionEndsTheRestAndComesOut) {
  std::atomic<std::size_t> calls = 0;
  EXPECT_THROW(in_parallel(1'000'000, 1, 4,
                           [&](unsigned, std::size_t) {
                             ++calls;
                             throw std::runtime_error("a bug");
                           }),
               std::runtime_error);
  EXPECT_LE(calls, 4u);
}

TEST(Parallel, TheNumberOfThreadsIsBounded) {
  EXPECT_GE(thread_count(), 2u);
  EXPECT_LE(thread_count(), 8u);
  EXPECT_EQ(thread_count(1), 1u);
  EXPECT_EQ(thread_count(1'000'000), 64u);
}

}  // namespace
}  // namespace lock::base
