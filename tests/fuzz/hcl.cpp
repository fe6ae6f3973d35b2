// HCL: any bytes give a file or an error, and every string's text has a place in the bytes.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "resolver/collect/hcl.hpp"

namespace {

void check(const lock::collect::HclValue& value, std::size_t size) {
  for (const auto& origin : value.text.ranges(0, value.text.size())) {
    if (origin.bytes.begin > origin.bytes.end || origin.bytes.end > size) std::abort();
  }
  for (const auto& member : value.members) check(member.value, size);
}

void check(const lock::collect::HclBlock& block, std::size_t size) {
  for (const auto& attribute : block.attributes) check(attribute.value, size);
  for (const auto& inner : block.blocks) check(inner, size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const lock::collect::SourceText source("a.hcl", std::string(reinterpret_cast<const char*>(data), size));
  const auto root = lock::collect::read_hcl(lock::collect::MappedText::whole(source));
  if (root) check(*root, size);
  return 0;
}
