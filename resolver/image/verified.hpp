// Bytes whose digest was computed here. `VerifiedBytes::check` is the only way to make them, so a function that takes
// them cannot be handed what a server merely claimed.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "resolver/base/bytes.hpp"
#include "resolver/image/digest.hpp"

namespace lock::image {

class VerifiedBytes {
 public:
  // ErrorKind::mismatch names both digests when the bytes are not what was asked for.
  [[nodiscard]] static Result<VerifiedBytes> check(Bytes bytes, const Digest& expected);
  // For bytes that arrived without an expected digest (GET by tag): their digest is whatever they hash to.
  [[nodiscard]] static VerifiedBytes adopt(Bytes bytes, base::HashAlgorithm algorithm);

  [[nodiscard]] const Bytes& bytes() const { return *bytes_; }
  [[nodiscard]] const Digest& digest() const { return digest_; }

 private:
  VerifiedBytes(Bytes bytes, Digest digest)
      : bytes_(std::make_shared<const Bytes>(std::move(bytes))), digest_(std::move(digest)) {}
  std::shared_ptr<const Bytes> bytes_;  // shared: copies are cheap
  Digest digest_;
};

}  // namespace lock::image
