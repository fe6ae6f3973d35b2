// `lock explain IMAGE`: which rules of images.toml decide about an image, and where they stand.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lockfile/ops/workspace.hpp"
#include "resolver/image/reference.hpp"

namespace lock::ops {

struct DecidingRule {
  enum class Kind : std::uint8_t { signatures, first_party };
  Kind kind = Kind::signatures;
  Place place;
  std::string demand;               // of `signatures`: who must have signed, "acme-release" or "2 of a, b and c"
  std::vector<std::string> scopes;  // folders in which it holds, sorted; "" is the root
};

[[nodiscard]] std::string_view name_of(DecidingRule::Kind kind);  // "[[rule]]", as images.toml spells it

// Outer files first, by line; each rule once, however many scopes it holds in.
[[nodiscard]] std::vector<DecidingRule> explain(const Workspace& workspace, const image::Reference& image);

}  // namespace lock::ops
