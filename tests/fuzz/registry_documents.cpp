// Error bodies, token answers, credential files, the index of an image layout and a kept listing of attachments. The
// first byte chooses.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "resolver/registry/cache.hpp"
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
    case 'a': {
      static const auto subject = lock::image::Reference::parse(
          "reg.test/a@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
      static_cast<void>(parse_listing(text, *subject));
      break;
    }
    default: break;
  }
  return 0;
}
