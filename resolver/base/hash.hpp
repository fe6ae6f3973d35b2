// SHA-2 by OpenSSL's EVP. Results are raw bytes, not hex.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace lock::base {

enum class HashAlgorithm : std::uint8_t { sha256, sha384, sha512 };

// Streaming hash; not thread-safe, movable. `finish` may be called once.
class Hasher {
 public:
  explicit Hasher(HashAlgorithm algorithm);
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  void update(std::string_view bytes);
  [[nodiscard]] std::string finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

[[nodiscard]] std::string hash(HashAlgorithm algorithm, std::string_view bytes);

}  // namespace lock::base
