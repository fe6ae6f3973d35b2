// How people write a length of time, on the command line and in settings.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace lock::base {

// "90s", "10m", "24h", "7d": a whole number above zero and a unit, at most a hundred years; nothing else.
[[nodiscard]] std::optional<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace lock::base
