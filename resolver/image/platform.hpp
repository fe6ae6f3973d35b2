// Platforms as containerd formats them (containerd/platforms): `os[(os.version)]/architecture[/variant]`.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "resolver/base/error.hpp"

namespace lock::image {

struct Platform {
  std::string os;
  std::string architecture;
  std::string variant;     // "v7", "v8"; empty when none. arm64/v8 is written as found, compared as arm64
  std::string os_version;  // "10.0.20348.2700"; empty when none

  [[nodiscard]] static Result<Platform> parse(std::string_view text);
  [[nodiscard]] std::string text() const;
  // "linux/arm64" is satisfied by "linux/arm64/v8"; a wanted variant or OS version must be equal.
  [[nodiscard]] bool satisfies(const Platform& wanted) const;
  [[nodiscard]] bool is_unknown() const { return os == "unknown" || architecture == "unknown"; }  // attestations
  friend auto operator<=>(const Platform&, const Platform&) = default;
};

}  // namespace lock::image
