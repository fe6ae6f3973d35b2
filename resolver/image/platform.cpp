#include "resolver/image/platform.hpp"

#include <algorithm>
#include <vector>

#include "resolver/base/text.hpp"

namespace lock::image {
namespace {

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  });
}

// arm64 has exactly one variant in the field, v8, and images spell it or leave it out.
std::string_view effective_variant(const Platform& platform) {
  return platform.architecture == "arm64" && platform.variant == "v8" ? std::string_view() : platform.variant;
}

}  // namespace

Result<Platform> Platform::parse(std::string_view text) {
  const auto refuse = [&] {
    return fail(ErrorKind::malformed, "'" + base::harmless(text, 80) + "' is not a platform",
                "write os/architecture[/variant], as in linux/amd64, linux/arm/v7, windows(10.0.20348)/amd64");
  };
  const auto parts = base::split(text, '/');
  if (parts.size() < 2 || parts.size() > 3) return refuse();
  Platform platform;
  std::string_view os = parts[0];
  if (const std::size_t open = os.find('('); open != os.npos) {
    if (!os.ends_with(')')) return refuse();
    platform.os_version = std::string(os.substr(open + 1, os.size() - open - 2));
    if (!is_word(platform.os_version)) return refuse();
    os = os.substr(0, open);
  }
  platform.os = std::string(os);
  platform.architecture = std::string(parts[1]);
  if (parts.size() == 3) platform.variant = std::string(parts[2]);
  if (!is_word(platform.os) || !is_word(platform.architecture) || (parts.size() == 3 && !is_word(platform.variant))) {
    return refuse();
  }
  return platform;
}

std::string Platform::text() const {
  std::string out = os;
  if (!os_version.empty()) out += "(" + os_version + ")";
  out += "/" + architecture;
  if (!variant.empty()) out += "/" + variant;
  return out;
}

bool Platform::satisfies(const Platform& wanted) const {
  return os == wanted.os && architecture == wanted.architecture &&
         (effective_variant(wanted).empty() || effective_variant(*this) == effective_variant(wanted)) &&
         (wanted.os_version.empty() || os_version == wanted.os_version);
}

}  // namespace lock::image
