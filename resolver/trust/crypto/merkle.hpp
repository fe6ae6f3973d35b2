// Merkle trees of transparency logs: RFC 6962 section 2.1 (SHA-256). The proof is recomputed, never searched for.
#pragma once

#include <cstdint>
#include <span>

#include "resolver/base/bytes.hpp"
#include "resolver/base/error.hpp"

namespace lock::trust::crypto {

[[nodiscard]] Bytes merkle_leaf_hash(BytesView entry);                  // SHA-256(0x00 ‖ entry)
[[nodiscard]] Bytes merkle_node_hash(BytesView left, BytesView right);  // SHA-256(0x01 ‖ left ‖ right)

// The root that `proof` leads to from the leaf at `index` in a tree of `size` leaves (RFC 9162 section 2.1.3.2, the
// algorithm of RFC 6962 in iterative form). ErrorKind::mismatch when the index lies outside the tree, or the proof has
// not exactly the length that index and size ask for, or a hash has not 32 bytes.
[[nodiscard]] Result<Bytes> merkle_root(BytesView leaf_hash, std::uint64_t index, std::uint64_t size,
                                        std::span<const Bytes> proof);

}  // namespace lock::trust::crypto
