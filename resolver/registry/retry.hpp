// The arithmetic of patience, as pure functions: what is worth asking again, and after how long. Who waits is
// exchange.cpp's business.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lock::registry {

struct RetryLimits {
  int attempts = 4;                           // of one request, the first included
  std::chrono::milliseconds first_wait{400};  // doubled with each further attempt
  std::chrono::milliseconds longest_wait{8'000};
  std::chrono::milliseconds longest_asked{30'000};  // a Retry-After beyond this ends the questions to that host
};

// 408, 429, 499, 500, 502, 503, 504, 522. No other 4xx gets better by asking again; regclient leaves out 503 and
// containerd 502, go-containerregistry has all of these.
[[nodiscard]] bool is_transient_status(int status);

// Before attempt number `failures + 1`. `spread` is a number in [0, 1) that keeps clients from returning together:
// the wait lies between half of the doubled value and all of it.
[[nodiscard]] std::chrono::milliseconds backoff_wait(const RetryLimits& limits, int failures, double spread);

struct Patience {
  enum class Next : std::uint8_t { retry, give_up, close_host };
  Next next = Next::give_up;
  std::chrono::milliseconds wait{0};
};

// After `failures` failed attempts (1 = the first one failed) of which the last was transient, with what Retry-After
// asked for, if it was there and could be read.
[[nodiscard]] Patience decide_patience(const RetryLimits& limits, int failures,
                                       std::optional<std::chrono::milliseconds> asked, double spread);

// Docker Hub has two kinds of 429. The pull quota lasts up to six hours and is never waited for; the abuse limit
// (thousands of requests a minute) passes. Told apart by the body's message, which names the quota, and by
// ratelimit-remaining, which is "0;w=21600" when it is used up.
[[nodiscard]] bool is_pull_quota(std::string_view body, std::string_view remaining);

// The number in front of ratelimit-limit and ratelimit-remaining: `100;w=21600`.
struct Quota {
  std::uint64_t count = 0;
  std::uint64_t window_seconds = 0;  // 0: not said
};
[[nodiscard]] std::optional<Quota> parse_quota(std::string_view value);

}  // namespace lock::registry
