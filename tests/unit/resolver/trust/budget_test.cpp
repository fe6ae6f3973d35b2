#include "resolver/trust/budget.hpp"

#include <gtest/gtest.h>

#include "tests/support/trust/signed_registry.hpp"

namespace lock::trust {
namespace {

using test::SignedRegistry;

// Remembers with what cap it was asked, and has every blob.
class Blobs final : public image::Registry {
 public:
  std::map<std::size_t, std::size_t> asked;  // cap -> questions
  std::vector<Result<image::VerifiedBytes>> blobs(std::span<const image::Reference> digests,
                                                  std::size_t most) override {
    asked[most] += digests.size();
    return std::vector<Result<image::VerifiedBytes>>(digests.size(),
                                                     image::VerifiedBytes::adopt("x", base::HashAlgorithm::sha256));
  }
  std::vector<Result<image::Resolution>> resolve(std::span<const image::Reference>) override { return {}; }
  std::vector<Result<image::ManifestContent>> manifests(std::span<const image::Reference>) override { return {}; }
  std::vector<Result<image::Presence>> presence(std::span<const image::Reference>) override { return {}; }
  std::vector<Result<image::Referrers>> referrers(std::span<const image::Reference>) override { return {}; }
};

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

Document document(std::uint64_t size, std::size_t image = 0) {
  return {SignedRegistry::image(image::Digest::sha256_of(std::to_string(size))), size, 32 * kMiB, image};
}

std::vector<std::string> errors(const std::vector<Result<image::VerifiedBytes>>& answers) {
  std::vector<std::string> out;
  for (const auto& answer : answers) out.push_back(answer ? "" : answer.error().message);
  return out;
}

TEST(DocumentBudget, SmallOnesAreOneWaveAndALiarCostsAtMostTwiceItsClaim) {
  Blobs registry;
  const std::vector<Document> documents{document(0), document(5'000), document(65'536), document(65'537),
                                        document(3 * kMiB)};
  EXPECT_EQ(errors(fetch_documents(documents, registry)), std::vector<std::string>(5));
  EXPECT_EQ(registry.asked, (std::map<std::size_t, std::size_t>{{65'536, 3}, {131'072, 1}, {4 * kMiB, 1}}));
}

TEST(DocumentBudget, EachImageHasItsOwnAndLargeOnesCannotCrowdOutSmallOnes) {
  Blobs registry;
  std::vector<Document> documents;
  for (int i = 0; i < 3; ++i) documents.push_back(document(31 * kMiB, 7));
  documents.push_back(document(10'000, 7));
  documents.push_back(document(31 * kMiB, 8));
  documents.push_back(document(33 * kMiB, 8));
  const std::string all =
      "what is attached to the image claims too many bytes in all, more than the 67108864 that are read";
  EXPECT_EQ(errors(fetch_documents(documents, registry)),
            (std::vector<std::string>{"", "", all, "", "",
                                      "it claims 34603008 bytes, more than the 33554432 that are read"}));
}

}  // namespace
}  // namespace lock::trust
