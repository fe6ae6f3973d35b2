// The bytes of images.lock. Written by hand and not through toml++, which sorts keys and re-flows arrays: the same
// document gives the same bytes on every machine, one fact a line.
#pragma once

#include <string>
#include <string_view>

#include "lockfile/document/document.hpp"

namespace lock::document {

[[nodiscard]] std::string write(const Document& document);

// The first lines, up to the blank line before the first entry; and an entry with its seal. For who writes a lock in
// pieces: entries are apart by one blank line.
void append_head(std::string& text, int version);
void append_entry(std::string& text, const Entry& entry);

// The lines of an entry without its seal, from `[[image]]` on, each with its newline.
void append_facts(std::string& text, const Entry& entry);

// What the `seal` of an entry with these lines is: the first 12 hex digits of their SHA-256.
[[nodiscard]] std::string seal_over(std::string_view facts);

}  // namespace lock::document
