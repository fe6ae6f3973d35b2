// Error bodies, token answers, credential files and the index of an image layout. The first byte chooses.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "resolver/registry/credential_file.hpp"
#include "resolver/registry/error_body.hpp"
#include "resolver/registry/headers.hpp"
#include "resolver/registry/layout.hpp"
#include "resolver/registry/token.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lock::registry;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0]) {
    case 'e':
      for (const char c : parse_error_body(text, "").text) {
        if (static_cast<unsigned char>(c) < 0x20) std::abort();
      }
      break;
    case 't':
      if (const auto answer = parse_token_answer(text, "it"); answer && !is_token68(answer->token.reveal()))
        std::abort();
      break;
    case 'c':
      if (const auto file = parse_credential_file(text, "f", KeyStyle::podman)) {
        static_cast<void>(find_entry(*file, "reg.test", "a/b"));
        static_cast<void>(find_helper(*file, "reg.test"));
      }
      static_cast<void>(parse_helper_answer(text, "helper"));
      break;
    case 'l': static_cast<void>(parse_layout_index(text, "index.json")); break;
    default: break;
  }
  return 0;
}
