// Content digests: opencontainers/image-spec descriptor.md, "Digests". Registered algorithms only, lower-case hex of
// the exact length; anything else is refused before it can reach a URL or a path.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "resolver/base/error.hpp"
#include "resolver/base/hash.hpp"

namespace lock::image {

class Digest {
 public:
  // `sha256:<64 hex>` or `sha512:<128 hex>`.
  [[nodiscard]] static Result<Digest> parse(std::string_view text);
  [[nodiscard]] static Digest of(base::HashAlgorithm algorithm, std::string_view bytes);
  [[nodiscard]] static Digest sha256_of(std::string_view bytes) { return of(base::HashAlgorithm::sha256, bytes); }

  [[nodiscard]] const std::string& text() const { return text_; }  // "sha256:…"
  [[nodiscard]] std::string_view hex() const { return std::string_view(text_).substr(7); }
  [[nodiscard]] std::string_view algorithm_name() const { return std::string_view(text_).substr(0, 6); }
  [[nodiscard]] base::HashAlgorithm algorithm() const;
  [[nodiscard]] std::string short_text() const;  // "sha256:" and twelve digits, for people
  friend auto operator<=>(const Digest&, const Digest&) = default;

 private:
  explicit Digest(std::string text) : text_(std::move(text)) {}
  std::string text_;  // both algorithm names have six letters
};

}  // namespace lock::image
