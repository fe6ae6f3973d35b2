// Merkle trees the slow way, straight from the recursive definition of RFC 6962 section 2.1, to judge the fast way by.
#pragma once

#include <span>
#include <vector>

#include "resolver/base/bytes.hpp"

namespace lock::test {

[[nodiscard]] Bytes tree_hash(std::span<const Bytes> leaves);
[[nodiscard]] std::vector<Bytes> audit_path(std::size_t index, std::span<const Bytes> leaves);

}  // namespace lock::test
