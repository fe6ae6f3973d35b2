// Fetches what somebody else put beside an image, within a budget of bytes for each image.
//
// A descriptor's size is a claim, so it is only what a document may cost: documents are asked for in groups of similar
// claims, each with a cap of the group's own, and hold at most twice what was claimed. The small ones come first, so
// that large ones cannot crowd out a signature.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/image/registry.hpp"

namespace lock::trust {

// The claims of all documents of one image; beyond it they are ErrorKind::limit.
inline constexpr std::uint64_t most_image_bytes = std::uint64_t{64} << 20;

// How many bytes a document may hold whose descriptor claims so many.
[[nodiscard]] std::uint64_t most_held(std::uint64_t claimed);

struct Document {
  image::Reference reference;  // by digest
  std::uint64_t size = 0;      // as its descriptor claims
  std::size_t most = 0;        // of its kind: a larger claim is not asked for
  std::size_t image = 0;       // whose budget it is on
};

// Answers stand in the order of the documents. One wave for all small ones, and one a doubling of size above.
[[nodiscard]] std::vector<Result<image::VerifiedBytes>> fetch_documents(std::span<const Document> documents,
                                                                        image::Registry& registry);

}  // namespace lock::trust
