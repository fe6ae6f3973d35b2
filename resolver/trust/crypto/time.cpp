#include "resolver/trust/crypto/time.hpp"

#include <array>
#include <cstdio>

namespace lock::trust::crypto {
namespace {

using std::chrono::microseconds;

// Reads digits from the front of a text.
class Digits {
 public:
  explicit Digits(std::string_view text) : text_(text) {}

  std::optional<int> number(std::size_t width) {
    if (text_.size() < width) return std::nullopt;
    int value = 0;
    for (const char c : text_.substr(0, width)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    text_.remove_prefix(width);
    return value;
  }

  bool literal(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  // ".123456789" as microseconds; nothing there is zero, a point without digits is an error.
  std::optional<microseconds> fraction() {
    if (!literal('.')) return microseconds{0};
    std::int64_t value = 0;
    std::size_t digits = 0;
    while (!text_.empty() && text_.front() >= '0' && text_.front() <= '9') {
      if (digits < 6) value = value * 10 + (text_.front() - '0');
      ++digits;
      text_.remove_prefix(1);
    }
    if (digits == 0) return std::nullopt;
    for (std::size_t i = digits; i < 6; ++i) value *= 10;
    return microseconds{value};
  }

  [[nodiscard]] bool done() const { return text_.empty(); }

 private:
  std::string_view text_;
};

struct Fields {
  int year, month, day, hour, minute, second;
};

std::optional<Time> to_time(const Fields& f, microseconds fraction) {
  using std::chrono::hours, std::chrono::minutes, std::chrono::seconds, std::chrono::sys_days;
  const std::chrono::year_month_day date{std::chrono::year{f.year}, std::chrono::month{static_cast<unsigned>(f.month)},
                                         std::chrono::day{static_cast<unsigned>(f.day)}};
  if (!date.ok() || f.hour > 23 || f.minute > 59 || f.second > 59) return std::nullopt;
  return Time{sys_days{date}} + hours{f.hour} + minutes{f.minute} + seconds{f.second} + fraction;
}

std::unexpected<Error> malformed(std::string_view text) {
  return fail(ErrorKind::malformed, "expected a point in time, found `" + std::string(text.substr(0, 60)) + "`");
}

}  // namespace

Time from_unix(std::int64_t seconds) { return Time{std::chrono::seconds{seconds}}; }

std::int64_t to_unix(Time time) { return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count(); }

Result<Time> parse_rfc3339(std::string_view text) {
  Digits in(text);
  const auto year = in.number(4);
  if (!year || !in.literal('-')) return malformed(text);
  const auto month = in.number(2);
  if (!month || !in.literal('-')) return malformed(text);
  const auto day = in.number(2);
  if (!day || !in.literal('T')) return malformed(text);
  const auto hour = in.number(2);
  if (!hour || !in.literal(':')) return malformed(text);
  const auto minute = in.number(2);
  if (!minute || !in.literal(':')) return malformed(text);
  const auto second = in.number(2);
  const auto fraction = second ? in.fraction() : std::nullopt;
  if (!fraction) return malformed(text);
  std::chrono::minutes offset{0};
  if (!in.literal('Z')) {
    const bool west = in.literal('-');
    if (!west && !in.literal('+')) return malformed(text);
    const auto hours = in.number(2);
    if (!hours || *hours > 23 || !in.literal(':')) return malformed(text);
    const auto minutes = in.number(2);
    if (!minutes || *minutes > 59) return malformed(text);
    offset = std::chrono::minutes{*hours * 60 + *minutes} * (west ? -1 : 1);
  }
  const auto time = to_time({*year, *month, *day, *hour, *minute, *second}, *fraction);
  if (!time || !in.done()) return malformed(text);
  return *time - offset;
}

Result<Time> parse_generalized_time(std::string_view text) {
  Digits in(text);
  std::array<int, 6> parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto value = in.number(i == 0 ? 4 : 2);
    if (!value) return malformed(text);
    parts[i] = *value;
  }
  const auto fraction = in.fraction();
  if (!fraction || !in.literal('Z') || !in.done()) return malformed(text);
  const auto time = to_time({parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]}, *fraction);
  if (!time) return malformed(text);
  return *time;
}

std::string format_rfc3339(Time time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{days};
  const std::chrono::hh_mm_ss clock{time - days};
  std::array<char, 64> buffer{};
  const int size = std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02d", int{date.year()},
                                 unsigned{date.month()}, unsigned{date.day()}, static_cast<int>(clock.hours().count()),
                                 static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
  std::string out(buffer.data(), static_cast<std::size_t>(size));
  if (const auto fraction = clock.subseconds().count(); fraction != 0) {
    const int more = std::snprintf(buffer.data(), buffer.size(), ".%06d", static_cast<int>(fraction));
    out.append(buffer.data(), static_cast<std::size_t>(more));
    while (out.ends_with('0')) out.pop_back();
  }
  return out + "Z";
}

std::string describe(const Validity& validity) {
  if (!validity.end) return "from " + format_rfc3339(validity.start);
  return format_rfc3339(validity.start) + " to " + format_rfc3339(*validity.end);
}

}  // namespace lock::trust::crypto
