#include "resolver/base/duration.hpp"

#include <cstdint>

#include "resolver/base/text.hpp"

namespace lock::base {
namespace {

constexpr std::uint64_t most_seconds = std::uint64_t{100} * 365 * 86'400;

std::uint64_t seconds_of_unit(char unit) {
  switch (unit) {
    case 's': return 1;
    case 'm': return 60;
    case 'h': return 3'600;
    case 'd': return 86'400;
    default: return 0;
  }
}

}  // namespace

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const std::uint64_t unit = seconds_of_unit(text.back());
  const auto count = parse_decimal(text.substr(0, text.size() - 1));
  if (unit == 0 || !count || *count == 0 || *count > most_seconds / unit) return std::nullopt;
  return std::chrono::seconds(static_cast<std::int64_t>(*count * unit));
}

}  // namespace lock::base
