// Locks of other tools: whatever the bytes are, every image that is read has a digest, and they are sorted.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "lockfile/exchange/importer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const lock::collect::Source source("Images.lock", std::string(reinterpret_cast<const char*>(data), size));
  const auto lock = lock::exchange::read_foreign_lock(source);
  if (!lock) return 0;
  for (const auto& image : lock->images) {
    if (!image.digest && image.of_platforms.empty()) std::abort();
  }
  if (lock->images.empty() || !std::is_sorted(lock->images.begin(), lock->images.end(),
                                              [](const auto& a, const auto& b) { return a.reference < b.reference; })) {
    std::abort();
  }
  return 0;
}
