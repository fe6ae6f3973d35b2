#include "resolver/registry/headers.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "resolver/base/text.hpp"

namespace lock::registry {
namespace {

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::chrono::milliseconds longest_wait = std::chrono::hours(24) * 36525;

std::optional<int> month_of(std::string_view name) {
  const auto* const found = std::ranges::find(months, name);
  if (found == months.end()) return std::nullopt;
  return static_cast<int>(found - months.begin()) + 1;
}

std::optional<std::int64_t> clock_seconds(std::string_view text) {
  const std::vector<std::string_view> parts = base::split(text, ':');
  if (parts.size() != 3) return std::nullopt;
  std::int64_t seconds = 0;
  for (const std::string_view part : parts) {
    const auto number = part.size() == 2 ? base::parse_decimal(part) : std::nullopt;
    if (!number || *number > 60) return std::nullopt;
    seconds = seconds * 60 + static_cast<std::int64_t>(*number);
  }
  return seconds;
}

std::optional<std::int64_t> seconds_of(std::optional<std::uint64_t> year, std::optional<int> month,
                                       std::optional<std::uint64_t> day, std::optional<std::int64_t> clock) {
  if (!year || !month || !day || !clock || *year > 9999 || *day > 31) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count() * std::int64_t{86400} + *clock;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (const std::string_view word : base::split(text, ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

// "880.092µs", "1.5s", "2m0s": the durations of Go's time package, which some registries print as they are.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  double total = 0;
  if (text.empty() || text.size() > 40) return std::nullopt;
  while (!text.empty()) {
    double number = 0;
    double scale = 1;
    bool point = false;
    std::size_t i = 0;
    for (; i < text.size() && ((text[i] >= '0' && text[i] <= '9') || (text[i] == '.' && !point)); ++i) {
      if (text[i] == '.') {
        point = true;
      } else {
        number = number * 10 + (text[i] - '0');
        if (point) scale *= 10;
      }
    }
    if (i == 0 || (i == 1 && point)) return std::nullopt;
    text.remove_prefix(i);
    struct Unit {
      std::string_view name;
      double milliseconds;
    };
    static constexpr std::array<Unit, 8> units{
        {{"ns", 1e-6}, {"µs", 1e-3}, {"μs", 1e-3}, {"us", 1e-3}, {"ms", 1.0}, {"s", 1e3}, {"m", 6e4}, {"h", 3.6e6}}};
    const auto* const unit = std::ranges::find_if(units, [&](const Unit& u) { return text.starts_with(u.name); });
    if (unit == units.end()) return std::nullopt;
    text.remove_prefix(unit->name.size());
    total += number / scale * unit->milliseconds;
  }
  const auto most = static_cast<double>(longest_wait.count());
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::min(total, most)));
}

struct LinkParameter {
  std::string name;
  std::string value;
};

// Reads `; name=value` pairs from `at`; leaves `at` behind the last one. Nothing on a broken quoted string.
std::optional<std::vector<LinkParameter>> read_link_parameters(std::string_view field, std::size_t& at) {
  std::vector<LinkParameter> parameters;
  const auto skip_blanks = [&] {
    while (at < field.size() && (field[at] == ' ' || field[at] == '\t')) ++at;
  };
  for (skip_blanks(); at < field.size() && field[at] == ';'; skip_blanks()) {
    ++at;
    skip_blanks();
    const std::size_t begin = at;
    while (at < field.size() && !std::string_view("=;, \t").contains(field[at])) ++at;
    LinkParameter parameter{base::to_lower(field.substr(begin, at - begin)), {}};
    skip_blanks();
    if (at < field.size() && field[at] == '=') {
      ++at;
      skip_blanks();
      if (at < field.size() && field[at] == '"') {
        for (++at; at < field.size() && field[at] != '"'; ++at) {
          if (field[at] == '\\' && at + 1 < field.size()) ++at;
          parameter.value += field[at];
        }
        if (at >= field.size()) return std::nullopt;
        ++at;
      } else {
        const std::size_t value = at;
        while (at < field.size() && !std::string_view(";, \t").contains(field[at])) ++at;
        parameter.value = field.substr(value, at - value);
      }
    }
    parameters.push_back(std::move(parameter));
  }
  return parameters;
}

bool is_next(const std::vector<LinkParameter>& parameters) {
  for (const LinkParameter& parameter : parameters) {
    if (parameter.name != "rel") continue;  // RFC 8288 section 3.3: only the first counts
    const std::vector<std::string_view> relations = words_of(parameter.value);
    return std::ranges::any_of(relations, [](std::string_view r) { return base::equal_ignoring_case(r, "next"); });
  }
  return false;
}

}  // namespace

void Headers::add(std::string_view name, std::string_view value) {
  fields_.push_back({base::to_lower(name), std::string(base::trim(value))});
}

std::string_view Headers::first(std::string_view name) const {
  const auto found = std::ranges::find(fields_, name, &Header::name);
  return found == fields_.end() ? std::string_view() : std::string_view(found->value);
}

bool Headers::has(std::string_view name) const {
  return std::ranges::find(fields_, name, &Header::name) != fields_.end();
}

std::vector<std::string_view> Headers::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const Header& field : fields_) {
    if (field.name == name) values.emplace_back(field.value);
  }
  return values;
}

std::string media_type_of(std::string_view content_type) {
  return base::to_lower(base::trim(content_type.substr(0, content_type.find(';'))));
}

std::optional<std::string> next_link(const std::vector<std::string_view>& fields) {
  for (const std::string_view field : fields) {
    std::size_t at = 0;
    while (true) {
      while (at < field.size() && std::string_view(", \t").contains(field[at])) ++at;
      if (at >= field.size() || field[at] != '<') break;
      const std::size_t close = field.find('>', at);
      if (close == std::string_view::npos) break;
      const std::string_view target = base::trim(field.substr(at + 1, close - at - 1));
      at = close + 1;
      const auto parameters = read_link_parameters(field, at);
      if (!parameters) break;
      if (is_next(*parameters)) return std::string(target);
    }
  }
  return std::nullopt;
}

std::optional<std::string> warning_text(std::string_view value) {
  constexpr std::string_view start = "299 - \"";
  if (!value.starts_with(start)) return std::nullopt;
  std::string text;
  for (std::size_t i = start.size(); i < value.size(); ++i) {
    if (value[i] == '"') return text;
    if (value[i] == '\\' && i + 1 < value.size()) ++i;
    text += value[i];
  }
  return std::nullopt;
}

std::optional<std::int64_t> parse_http_date(std::string_view text, std::int64_t now) {
  const std::vector<std::string_view> words = words_of(base::trim(text));
  if (words.size() == 6 && words[0].ends_with(',') && words[5] == "GMT") {  // Sun, 06 Nov 1994 08:49:37 GMT
    if (words[3].size() != 4) return std::nullopt;
    return seconds_of(base::parse_decimal(words[3]), month_of(words[2]), base::parse_decimal(words[1]),
                      clock_seconds(words[4]));
  }
  if (words.size() == 4 && words[0].ends_with(',') && words[3] == "GMT") {  // Sunday, 06-Nov-94 08:49:37 GMT
    const std::vector<std::string_view> date = base::split(words[1], '-');
    if (date.size() != 3 || date[2].size() != 2) return std::nullopt;
    auto year = base::parse_decimal(date[2]);
    if (!year) return std::nullopt;
    const auto today = std::chrono::year_month_day(std::chrono::sys_days(std::chrono::days(now / 86400)));
    const auto this_year = static_cast<std::uint64_t>(std::max(1970, static_cast<int>(today.year())));
    *year += this_year / 100 * 100;
    if (*year > this_year + 50) *year -= 100;  // more than 50 years ahead means the past
    return seconds_of(year, month_of(date[1]), base::parse_decimal(date[0]), clock_seconds(words[2]));
  }
  if (words.size() == 5) {  // Sun Nov  6 08:49:37 1994
    return seconds_of(base::parse_decimal(words[4]), month_of(words[1]), base::parse_decimal(words[2]),
                      clock_seconds(words[3]));
  }
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text, std::int64_t now) {
  text = base::trim(text);
  const bool digits = !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (digits) {
    const auto seconds = base::parse_decimal(text);  // more than 64 bits: longer than anybody waits
    const auto most = static_cast<std::uint64_t>(longest_wait.count()) / 1000;
    return std::chrono::milliseconds(static_cast<std::int64_t>(std::min(seconds.value_or(most), most)) * 1000);
  }
  if (const auto duration = parse_duration(text)) return duration;
  const auto date = parse_http_date(text, now);
  if (!date || *date <= now) return std::nullopt;
  const std::int64_t most = longest_wait.count() / 1000;
  return std::chrono::milliseconds(std::min(*date - now, most) * 1000);
}

std::optional<std::uint64_t> part_begins(std::string_view content_range, std::optional<std::uint64_t> size) {
  constexpr std::string_view unit = "bytes ";
  content_range = base::trim(content_range);
  if (!content_range.starts_with(unit)) return std::nullopt;
  content_range.remove_prefix(unit.size());
  const std::size_t dash = content_range.find('-');
  const std::size_t slash = content_range.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || slash < dash) return std::nullopt;
  const auto begin = base::parse_decimal(content_range.substr(0, dash));
  const auto last = base::parse_decimal(content_range.substr(dash + 1, slash - dash - 1));
  const std::string_view whole = content_range.substr(slash + 1);
  if (whole != "*") {
    const auto stated = base::parse_decimal(whole);
    if (!stated || stated != size.value_or(*stated)) return std::nullopt;
    size = stated;
  }
  if (!begin || !last || !size || *begin > *last || *last >= *size || *last + 1 != *size) return std::nullopt;
  return begin;
}

bool is_token68(std::string_view text) {
  const std::size_t end = text.find_last_not_of('=');
  if (text.empty() || end == std::string_view::npos) return false;
  return std::ranges::all_of(text.substr(0, end + 1), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~+/").contains(c);
  });
}

}  // namespace lock::registry
