// What signatures are verified against: trusted roots and public keys, from the texts that a configuration names.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/trust/crypto/key.hpp"
#include "resolver/trust/sigstore/trusted_root.hpp"

namespace lock::trust {

struct Anchors {
  std::vector<std::shared_ptr<const sigstore::TrustedRoot>> roots;
  std::vector<crypto::PublicKey> keys;
};

struct RootText {
  std::string name;  // what signers record
  std::string file;  // for errors
  std::string json;
};

// The built-in public-good root, then the others; every key once. Errors: a text that is no trusted root, or no public
// key (`malformed`, `unsupported`).
[[nodiscard]] Result<Anchors> make_anchors(std::span<const RootText> roots, std::span<const std::string> key_pems);

// How images.lock names the signer who holds the key: "sha256:" and the hex of the SPKI's SHA-256. The same errors.
[[nodiscard]] Result<std::string> name_of_key(std::string_view pem);

}  // namespace lock::trust
