// Any bytes as a checkpoint. What is read is a part of the input: signed text and signatures make up the whole.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "resolver/trust/crypto/checkpoint.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view note(reinterpret_cast<const char*>(data), size);
  const auto checkpoint = lock::trust::crypto::parse_checkpoint(note);
  if (!checkpoint) return 0;
  if (!note.starts_with(checkpoint->signed_text) || checkpoint->root.size() != 32 || checkpoint->signatures.empty())
    std::abort();
  for (const auto& signature : checkpoint->signatures) {
    if (signature.key_hash.size() != 4 || signature.signature.empty()) std::abort();
  }
  return 0;
}
