#include "resolver/trust/crypto/merkle.hpp"

#include <bit>
#include <string>

#include "resolver/base/hash.hpp"

namespace lock::trust::crypto {

Bytes merkle_leaf_hash(BytesView entry) {
  base::Hasher hasher(base::HashAlgorithm::sha256);
  hasher.update(std::string_view("\0", 1));
  hasher.update(entry);
  return hasher.finish();
}

Bytes merkle_node_hash(BytesView left, BytesView right) {
  base::Hasher hasher(base::HashAlgorithm::sha256);
  hasher.update(std::string_view("\1", 1));
  hasher.update(left);
  hasher.update(right);
  return hasher.finish();
}

// The path from leaf to root has an inner part, up to the node where the ways to the leaf and to the last leaf of the
// tree meet, and a border part along the right edge, where only left siblings exist: one for each set bit of the index
// above the inner part.
Result<Bytes> merkle_root(BytesView leaf_hash, std::uint64_t index, std::uint64_t size, std::span<const Bytes> proof) {
  if (index >= size) {
    return fail(ErrorKind::mismatch,
                "leaf " + std::to_string(index) + " lies outside a tree of " + std::to_string(size) + " leaves");
  }
  const auto inner = static_cast<std::size_t>(std::bit_width(index ^ (size - 1)));
  const auto border = inner < 64 ? static_cast<std::size_t>(std::popcount(index >> inner)) : 0;
  if (proof.size() != inner + border) {
    return fail(ErrorKind::mismatch, "the proof has " + std::to_string(proof.size()) +
                                         " hashes, a tree of that size asks for " + std::to_string(inner + border));
  }
  Bytes root(leaf_hash);
  for (std::size_t i = 0; i < proof.size(); ++i) {
    if (proof[i].size() != 32) return fail(ErrorKind::mismatch, "a hash of the proof has not 32 bytes");
    const bool right_sibling = i < inner && (index >> i & 1) == 0;
    root = right_sibling ? merkle_node_hash(root, proof[i]) : merkle_node_hash(proof[i], root);
  }
  return root;
}

}  // namespace lock::trust::crypto
