#include "tests/support/registry/gzip.hpp"

#include <algorithm>
#include <cstdint>

namespace lock::test {
namespace {

void append_little_endian(Bytes& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xff);
}

std::uint32_t crc_step(std::uint32_t crc, unsigned char byte) {
  crc ^= byte;
  for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320U : 0U);
  return crc;
}

Bytes header() { return {"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", 10}; }

// Bits of a deflate stream, first bit lowest (RFC 1951 section 3.1.1).
class Bits {
 public:
  void put(std::uint32_t value, int count) {
    for (int i = 0; i < count; ++i) {
      byte_ |= static_cast<unsigned>((value >> i) & 1) << filled_;
      if (++filled_ == 8) flush();
    }
  }
  void put_huffman(std::uint32_t code, int count) {  // Huffman codes go in from their highest bit
    for (int i = count - 1; i >= 0; --i) put((code >> i) & 1, 1);
  }
  Bytes finish() {
    if (filled_ > 0) flush();
    return std::move(bytes_);
  }

 private:
  void flush() {
    bytes_ += static_cast<char>(byte_);
    byte_ = 0;
    filled_ = 0;
  }
  Bytes bytes_;
  unsigned byte_ = 0;
  int filled_ = 0;
};

}  // namespace

Bytes gzip_stored(std::string_view bytes) {
  Bytes out = header();
  std::uint32_t crc = 0xffffffffU;
  for (const char c : bytes) crc = crc_step(crc, static_cast<unsigned char>(c));
  std::string_view rest = bytes;
  do {
    const std::string_view block = rest.substr(0, 65535);
    rest.remove_prefix(block.size());
    out += rest.empty() ? '\1' : '\0';
    append_little_endian(out, static_cast<std::uint32_t>(block.size()), 2);
    append_little_endian(out, ~static_cast<std::uint32_t>(block.size()), 2);
    out += block;
  } while (!rest.empty());
  append_little_endian(out, ~crc, 4);
  append_little_endian(out, static_cast<std::uint32_t>(bytes.size()), 4);
  return out;
}

// One literal zero, then matches of length 258 at distance 1 with the fixed codes: 13 bits for 258 bytes, 1 : 158. The
// checksum is left wrong: a reader that notices has inflated everything already.
Bytes gzip_zeros(std::size_t size) {
  Bits bits;
  bits.put(1, 1);  // last block
  bits.put(1, 2);  // fixed codes
  bits.put_huffman(0x30, 8);
  for (std::size_t left = size > 0 ? size - 1 : 0; left >= 258; left -= 258) {
    bits.put_huffman(0xc5, 8);  // length symbol 285
    bits.put_huffman(0, 5);     // distance symbol 0
  }
  bits.put_huffman(0, 7);  // end of block
  Bytes out = header() + bits.finish();
  append_little_endian(out, 0, 4);
  append_little_endian(out, static_cast<std::uint32_t>(size), 4);
  return out;
}

}  // namespace lock::test
