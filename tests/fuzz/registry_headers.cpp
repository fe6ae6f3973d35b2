// Challenges, links, Retry-After, warnings and URLs, as a hostile registry may send them.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "resolver/registry/challenge.hpp"
#include "resolver/registry/headers.hpp"
#include "resolver/registry/url.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lock::registry;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const Challenge& challenge : parse_challenges({text})) {
    for (const auto& [name, value] : challenge.parameters) {
      if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) std::abort();
    }
  }
  static_cast<void>(parse_retry_after(text, 1'700'000'000));
  static_cast<void>(warning_text(text));
  static_cast<void>(media_type_of(text));
  const Url base = *Url::parse("https://reg.test/v2/a?b");
  if (const auto link = next_link({text})) static_cast<void>(base.resolve(*link));
  if (const auto url = base.resolve(text)) {
    const auto again = Url::parse(url->text());
    if (!again || !(*again == *url)) std::abort();  // what passes once passes again, unchanged
  }
  return 0;
}
