#include "resolver/trust/anchors.hpp"

#include <algorithm>

#include "resolver/base/encoding.hpp"
#include "resolver/base/text.hpp"
#include "resolver/trust/sigstore/public_good.hpp"

namespace lock::trust {

Result<Anchors> make_anchors(std::span<const RootText> roots, std::span<const std::string> key_pems) {
  Anchors anchors;
  const auto built_in = sigstore::public_good_root();
  if (!built_in) return std::unexpected(built_in.error());
  anchors.roots.push_back(*built_in);
  for (const RootText& root : roots) {
    auto parsed = sigstore::TrustedRoot::parse(root.json, root.name, root.file);
    if (!parsed) return std::unexpected(parsed.error());
    anchors.roots.push_back(std::move(*parsed));
  }
  for (const std::string& pem : key_pems) {
    auto key = crypto::PublicKey::from_pem(base::trim(pem));
    if (!key) return std::unexpected(key.error());
    if (std::ranges::find(anchors.keys, *key) == anchors.keys.end()) anchors.keys.push_back(std::move(*key));
  }
  return anchors;
}

Result<std::string> name_of_key(std::string_view pem) {
  const auto key = crypto::PublicKey::from_pem(base::trim(pem));
  if (!key) return std::unexpected(key.error());
  return "sha256:" + base::to_hex(key->fingerprint());
}

}  // namespace lock::trust
