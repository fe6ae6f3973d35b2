// gzip (RFC 1952) without a library: stored blocks for a text, and the densest deflate there is for a bomb.
#pragma once

#include <cstddef>
#include <string_view>

#include "resolver/base/bytes.hpp"

namespace lock::test {

[[nodiscard]] Bytes gzip_stored(std::string_view bytes);
[[nodiscard]] Bytes gzip_zeros(std::size_t size);  // inflates to `size` zero bytes, or up to 257 fewer

}  // namespace lock::test
