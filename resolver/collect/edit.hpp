// Writes into the places that collectors found. Knows slots and no format: which bytes hold the name, the tag and the
// digest, and that a digest is put behind the last part, as `@sha256:…`, or over the digest that stands there.
//
// Edits are values; nothing is read from disk and nothing is written. Errors are ErrorKind::unsupported, with the
// reason why the place cannot be written.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "resolver/base/bytes.hpp"
#include "resolver/base/error.hpp"
#include "resolver/image/occurrence.hpp"

namespace lock::collect {

// Bytes of a file that are replaced; an empty span is an insertion.
struct Edit {
  std::string file;
  Span bytes;
  std::string text;
  friend auto operator<=>(const Edit&, const Edit&) = default;
};

// What makes the place say the digest. A reference without tag and digest gains `:latest` too, so that it stays the
// same image for people. None when it says so already.
[[nodiscard]] Result<std::vector<Edit>> pin_edits(const image::Occurrence& occurrence, const image::Digest& digest);

// What takes the digest out again; the tag stays. `bytes` are those of the digest's file. None when there is no digest,
// or no tag that would be left.
[[nodiscard]] Result<std::vector<Edit>> unpin_edits(const image::Occurrence& occurrence, BytesView bytes);

// The bytes of one file with edits made, each once; equal edits are one. Errors: two edits that differ and touch the
// same bytes.
[[nodiscard]] Result<Bytes> with_edits(BytesView bytes, std::span<const Edit> edits);

}  // namespace lock::collect
