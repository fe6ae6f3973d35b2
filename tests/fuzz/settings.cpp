// images.toml: any bytes give settings, or an error that has a place in the text.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lockfile/settings/settings.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr auto checks = std::to_array<std::string_view>({"tag-moved", "unresolved-reference"});
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto settings = lock::settings::read(text, "images.toml", checks);
  if (!settings && !settings.error().place) std::abort();
  return 0;
}
