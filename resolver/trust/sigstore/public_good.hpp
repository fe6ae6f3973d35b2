// The trusted root of Sigstore's public-good instance, built into the program: see public_good/NOTICE for where it
// comes from. It ages: keys are added and retired there, and a program cannot know. `public_good_note` says so.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "resolver/base/error.hpp"
#include "resolver/image/signature.hpp"
#include "resolver/trust/crypto/time.hpp"
#include "resolver/trust/sigstore/trusted_root.hpp"

namespace lock::trust::sigstore {

inline constexpr std::string_view public_good_name = image::public_good_root;

[[nodiscard]] std::string_view public_good_json();

// Read once, on first use; the same object afterwards. Thread-safe.
[[nodiscard]] Result<std::shared_ptr<const TrustedRoot>> public_good_root();

// A sentence when, at `now`, the root's own metadata has run out; empty before.
[[nodiscard]] std::string public_good_note(crypto::Time now);

}  // namespace lock::trust::sigstore
