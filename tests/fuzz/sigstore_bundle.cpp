// Any bytes as a bundle: refused, or read and then judged under the built-in trusted root, where nothing made here can
// verify but with a signature that somebody's key made.
#include <cstdint>
#include <string_view>

#include "resolver/base/hash.hpp"
#include "resolver/trust/sigstore/public_good.hpp"
#include "resolver/trust/sigstore/verify.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lock::trust::sigstore;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto bundle = parse_bundle(text);
  if (!bundle) return 0;
  static const auto root = public_good_root().value();
  const lock::Bytes message = "x";
  const Artifact artifact{.bytes = message, .digest = lock::base::hash(lock::base::HashAlgorithm::sha256, message)};
  static_cast<void>(verify(*bundle, artifact, {.root = root.get(), .key = {}}));
  for (const LogEntry& entry : bundle->entries) {
    static_cast<void>(
        check_entry_binding(entry, {.bundle = *bundle,
                                    .artifact = artifact,
                                    .certificate = bundle->certificates.empty() ? nullptr : &bundle->certificates[0],
                                    .key = nullptr,
                                    .envelope_bytes = text}));
  }
  return 0;
}
