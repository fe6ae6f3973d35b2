#include "resolver/image/verified.hpp"

namespace lock::image {

Result<VerifiedBytes> VerifiedBytes::check(Bytes bytes, const Digest& expected) {
  Digest actual = Digest::of(expected.algorithm(), bytes);
  if (actual != expected) {
    return fail(ErrorKind::mismatch, "the bytes have digest " + actual.text() + ", expected " + expected.text());
  }
  return VerifiedBytes(std::move(bytes), std::move(actual));
}

VerifiedBytes VerifiedBytes::adopt(Bytes bytes, base::HashAlgorithm algorithm) {
  Digest digest = Digest::of(algorithm, bytes);
  return VerifiedBytes(std::move(bytes), std::move(digest));
}

}  // namespace lock::image
