// The bytes of images.lock. Written by hand and not through toml++, which sorts keys and re-flows arrays: the same
// document gives the same bytes on every machine, one fact a line.
#pragma once

#include <string>

#include "lockfile/document/document.hpp"

namespace lock::document {

[[nodiscard]] std::string write(const Document& document);

// The lines of an entry without its seal, from `[[image]]` on, each with its newline.
void append_facts(std::string& text, const Entry& entry);

// What the `seal` of an entry is: the first 12 hex digits of SHA-256 over the lines above.
[[nodiscard]] std::string seal_of(const Entry& entry);

}  // namespace lock::document
