#include "resolver/registry/retry.hpp"

#include <algorithm>

#include "resolver/base/text.hpp"

namespace lock::registry {

bool is_transient_status(int status) {
  switch (status) {
    case 408:
    case 429:
    case 499:
    case 500:
    case 502:
    case 503:
    case 504:
    case 522: return true;
    default: return false;
  }
}

std::chrono::milliseconds backoff_wait(const RetryLimits& limits, int failures, double spread) {
  std::chrono::milliseconds wait = limits.first_wait;
  for (int i = 1; i < failures && wait < limits.longest_wait; ++i) wait *= 2;
  wait = std::min(wait, limits.longest_wait);
  const double part = 0.5 + std::clamp(spread, 0.0, 1.0) / 2;
  return std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(wait.count()) * part));
}

Patience decide_patience(const RetryLimits& limits, int failures, std::optional<std::chrono::milliseconds> asked,
                         double spread) {
  if (asked && *asked > limits.longest_asked) return {Patience::Next::close_host, *asked};
  if (failures >= limits.attempts) return {Patience::Next::give_up, {}};
  const std::chrono::milliseconds own = backoff_wait(limits, failures, spread);
  return {Patience::Next::retry, asked ? std::max(*asked, own) : own};
}

bool is_pull_quota(std::string_view body, std::string_view remaining) {
  const auto quota = parse_quota(remaining);
  if (quota && quota->count == 0) return true;
  return base::to_lower(body).contains("pull rate limit");
}

std::optional<Quota> parse_quota(std::string_view value) {
  const std::size_t semicolon = value.find(';');
  const auto count = base::parse_decimal(base::trim(value.substr(0, semicolon)));
  if (!count) return std::nullopt;
  Quota quota{*count, 0};
  if (semicolon != std::string_view::npos) {
    const std::string_view window = base::trim(value.substr(semicolon + 1));
    if (window.starts_with("w=")) quota.window_seconds = base::parse_decimal(window.substr(2)).value_or(0);
  }
  return quota;
}

}  // namespace lock::registry
