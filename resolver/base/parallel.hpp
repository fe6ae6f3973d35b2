// A few threads over a range of work, joined before the call returns.
#pragma once

#include <cstddef>
#include <functional>

namespace lock::base {

// As many threads as there are cores, 2 to 8, unless `wanted` says otherwise.
[[nodiscard]] unsigned thread_count(unsigned wanted = 0);

// Calls `work(thread, index)` once for each index below `count`; `thread` is below `threads`, and the calls of one
// thread follow each other, so that what belongs to a thread needs no guard. Indexes are handed out in runs of
// `run_length` neighbours, in order. The first exception ends the rest and comes out here.
void in_parallel(std::size_t count, std::size_t run_length, unsigned threads,
                 const std::function<void(unsigned thread, std::size_t index)>& work);

}  // namespace lock::base
