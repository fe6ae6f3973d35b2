// The strict half of reading images.toml: every key is in the vocabulary, has the right shape, and what must stand
// stands. After `check` the reader may take values without asking again.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "lockfile/settings/keys.hpp"
#include "lockfile/tables/tables.hpp"
#include "resolver/base/error.hpp"

namespace lock::settings {

// All mistakes, in no particular order.
[[nodiscard]] std::vector<Error> check(const tables::Source& source, const toml::table& root,
                                       std::span<const std::string_view> checks);

}  // namespace lock::settings
