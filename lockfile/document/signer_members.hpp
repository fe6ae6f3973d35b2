// Which members each kind of signer has in images.lock, in the order in which they are written. One table for the
// reader and the writer; `kind` stands before them, and `log` of a key behind them.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "resolver/image/signature.hpp"

namespace lock::document {

struct SignerMember {
  std::string_view name;
  std::string image::Signer::* member;
  std::array<bool, 4> kinds;  // by Signer::Kind: sigstore, cosign-key, notation, content-trust
  [[nodiscard]] bool belongs_to(image::Signer::Kind kind) const { return kinds.at(static_cast<std::size_t>(kind)); }
};

[[nodiscard]] inline std::span<const SignerMember> signer_members() {
  static constexpr std::array<SignerMember, 5> rows{{
      {"root", &image::Signer::root, {true, false, true, true}},
      {"issuer", &image::Signer::issuer, {true, false, false, false}},
      {"subject", &image::Signer::subject, {true, false, true, false}},
      {"key", &image::Signer::key, {false, true, false, false}},
      {"role", &image::Signer::role, {false, false, false, true}},
  }};
  return rows;
}

}  // namespace lock::document
