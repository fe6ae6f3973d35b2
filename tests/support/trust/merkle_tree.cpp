#include "tests/support/trust/merkle_tree.hpp"

#include <bit>

#include "resolver/base/hash.hpp"
#include "resolver/trust/crypto/merkle.hpp"

namespace lock::test {

using trust::crypto::merkle_leaf_hash;
using trust::crypto::merkle_node_hash;

static std::size_t split_of(std::size_t size) { return std::bit_floor(size - 1); }  // largest power of two below size

Bytes tree_hash(std::span<const Bytes> leaves) {
  if (leaves.empty()) return base::hash(base::HashAlgorithm::sha256, "");
  if (leaves.size() == 1) return merkle_leaf_hash(leaves[0]);
  const std::size_t k = split_of(leaves.size());
  return merkle_node_hash(tree_hash(leaves.first(k)), tree_hash(leaves.subspan(k)));
}

std::vector<Bytes> audit_path(std::size_t index, std::span<const Bytes> leaves) {
  if (leaves.size() <= 1) return {};
  const std::size_t k = split_of(leaves.size());
  std::vector<Bytes> out = index < k ? audit_path(index, leaves.first(k)) : audit_path(index - k, leaves.subspan(k));
  out.push_back(index < k ? tree_hash(leaves.subspan(k)) : tree_hash(leaves.first(k)));
  return out;
}

}  // namespace lock::test
