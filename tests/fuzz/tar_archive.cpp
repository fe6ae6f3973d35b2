// Archives of images: whatever the bytes, reading them ends, and every member lies within them.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "resolver/registry/tar.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const lock::registry::ReadAt read = [&](std::uint64_t offset, std::size_t length) -> lock::Result<lock::Bytes> {
    if (offset > bytes.size() || length > bytes.size() - offset) std::abort();
    return bytes.substr(static_cast<std::size_t>(offset), length);
  };
  const auto index = lock::registry::read_tar(read, bytes.size(), "a.tar");
  if (!index) return 0;
  for (const auto& [name, member] : *index) {
    if (member.offset > bytes.size() || member.size > bytes.size() - member.offset) std::abort();
  }
  return 0;
}
