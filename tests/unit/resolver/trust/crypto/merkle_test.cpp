// Inclusion proofs against a tree that is built here the slow way, straight from the recursive definition of RFC 6962.
#include <gtest/gtest.h>

#include "resolver/base/hash.hpp"
#include "resolver/trust/crypto/merkle.hpp"
#include "tests/support/trust/merkle_tree.hpp"

namespace lock::trust::crypto {
namespace {

using test::audit_path;
using test::tree_hash;

TEST(TrustMerkle, EveryLeafOfEveryTreeLeadsToItsRoot) {
  std::vector<Bytes> leaves;
  for (std::size_t size = 1; size <= 33; ++size) {
    leaves.push_back("leaf " + std::to_string(size));
    const Bytes root = tree_hash(leaves);
    for (std::size_t index = 0; index < size; ++index) {
      const auto proof = audit_path(index, leaves);
      const auto computed = merkle_root(merkle_leaf_hash(leaves[index]), index, size, proof);
      ASSERT_TRUE(computed) << size << " " << index;
      EXPECT_EQ(*computed, root) << size << " " << index;
      for (std::size_t i = 0; i < proof.size(); ++i) {
        auto flipped = proof;
        flipped[i][0] = static_cast<char>(flipped[i][0] ^ 1);
        EXPECT_NE(merkle_root(merkle_leaf_hash(leaves[index]), index, size, flipped).value(), root);
      }
      auto longer = proof;
      longer.push_back(root);
      EXPECT_FALSE(merkle_root(merkle_leaf_hash(leaves[index]), index, size, longer));
      const std::size_t other = (index + 1) % size;
      const auto moved = merkle_root(merkle_leaf_hash(leaves[index]), other, size, proof);
      if (other != index && moved) {
        EXPECT_NE(*moved, root) << size << " " << index;
      }
    }
  }
}

TEST(TrustMerkle, RefusesWhatLiesOutsideTheTree) {
  const Bytes leaf = merkle_leaf_hash("x");
  EXPECT_EQ(merkle_root(leaf, 1, 1, {}).error().message, "leaf 1 lies outside a tree of 1 leaves");
  EXPECT_EQ(merkle_root(leaf, 0, 0, {}).error().message, "leaf 0 lies outside a tree of 0 leaves");
  EXPECT_EQ(merkle_root(leaf, 0, 2, {}).error().message, "the proof has 0 hashes, a tree of that size asks for 1");
  const std::vector<Bytes> shorter{Bytes(31, 'x')};
  EXPECT_EQ(merkle_root(leaf, 0, 2, shorter).error().message, "a hash of the proof has not 32 bytes");
  const std::vector<Bytes> many(64, Bytes(32, 'x'));
  EXPECT_TRUE(merkle_root(leaf, 0, std::uint64_t(-1), many));
}

}  // namespace
}  // namespace lock::trust::crypto
