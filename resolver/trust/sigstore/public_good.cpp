#include "resolver/trust/sigstore/public_good.hpp"

#include <chrono>

namespace lock::trust::sigstore {
namespace {

// Generated from public_good/trusted_root.json by the build; a raw string literal with the file's bytes.
constexpr std::string_view kJson =
#include "resolver/trust/sigstore/public_good.inc"
    ;

constexpr std::string_view kSource = "TUF root 14, from @sigstore/tuf 4.0.2";
constexpr crypto::Time kExpires = std::chrono::sys_days{std::chrono::year{2026} / 6 / 22};

}  // namespace

std::string_view public_good_json() { return kJson; }

Result<std::shared_ptr<const TrustedRoot>> public_good_root() {
  static const auto root = TrustedRoot::parse(kJson, std::string(public_good_name), "the built-in trusted root");
  return root;
}

std::string public_good_note(crypto::Time now) {
  if (now < kExpires) return {};
  return "the built-in trusted root of Sigstore's public-good instance (" + std::string(kSource) +
         ") was renewed upstream after " + crypto::format_rfc3339(kExpires).substr(0, 10) +
         " at the latest: signatures by keys that were added since are not trusted";
}

}  // namespace lock::trust::sigstore
