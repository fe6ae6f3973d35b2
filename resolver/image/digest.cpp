#include "resolver/image/digest.hpp"

#include <algorithm>
#include <stdexcept>

#include "resolver/base/encoding.hpp"
#include "resolver/base/text.hpp"

namespace lock::image {
namespace {

constexpr std::size_t kPrefix = 7;  // "sha256:" and "sha512:"

constexpr bool is_hex(char c) { return ((c >= '0') & (c <= '9')) | ((c >= 'a') & (c <= 'f')); }

// Without a branch, so that the compiler looks at many bytes at a time.
bool all_hex(std::string_view text) {
  unsigned char bad = 0;
  for (const char c : text) bad |= static_cast<unsigned char>(!is_hex(c));
  return bad == 0;
}

std::unexpected<Error> refuse(std::string_view text, std::size_t at, std::string message) {
  const base::LineIndex index(text);
  return fail_at(ErrorKind::malformed, index.place("", {at, text.size()}), std::move(message));
}

}  // namespace

Result<Digest> Digest::parse(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == text.npos)
    return refuse(text, 0, "a digest needs an algorithm and a colon, as in sha256:<64 hex digits>");
  const std::string_view algorithm = text.substr(0, colon);
  if (algorithm != "sha256" && algorithm != "sha512") {
    return refuse(text, 0,
                  "unknown digest algorithm '" + base::harmless(algorithm, 40) + "', expected sha256 or sha512");
  }
  const std::size_t length = algorithm == "sha256" ? 64 : 128;
  const std::string_view hex = text.substr(kPrefix);
  if (!all_hex(hex)) {
    const auto at = static_cast<std::size_t>(std::ranges::find_if_not(hex, is_hex) - hex.begin());
    return refuse(text, kPrefix + at, "a digest has lower-case hex digits only");
  }
  if (hex.size() != length) {
    return refuse(text, kPrefix,
                  "a " + std::string(algorithm) + " digest has " + std::to_string(length) +
                      " hex digits, this one has " + std::to_string(hex.size()));
  }
  return Digest(std::string(text));
}

Digest Digest::of(base::HashAlgorithm algorithm, std::string_view bytes) {
  if (algorithm == base::HashAlgorithm::sha384) throw std::logic_error("sha384 is no content digest");
  const char* prefix = algorithm == base::HashAlgorithm::sha256 ? "sha256:" : "sha512:";
  return Digest(prefix + base::to_hex(base::hash(algorithm, bytes)));
}

base::HashAlgorithm Digest::algorithm() const {
  return algorithm_name() == "sha256" ? base::HashAlgorithm::sha256 : base::HashAlgorithm::sha512;
}

std::string Digest::short_text() const { return text_.substr(0, kPrefix + 12); }

}  // namespace lock::image
