// `.env` files: the values that Compose puts into a project's files.
//
// Read are NAME=value and NAME: value, `export` before it, single quotes (as written), double quotes (escapes and
// variables), no quotes (variables; ` #` begins a comment), values over several lines in quotes. Specification: the
// Compose documentation, "Use an .env file"; where it is silent, compose-go's dotenv package. The shell's environment
// would win over all of it, which no file tells.
#pragma once

#include <map>
#include <string>

#include "resolver/collect/collector.hpp"
#include "resolver/collect/mapped_text.hpp"

namespace lock::collect {

using DotenvValues = std::map<std::string, MappedText, std::less<>>;

// The values, each with the bytes of the file; what is no assignment is passed over.
[[nodiscard]] DotenvValues read_dotenv(const SourceText& source);

// The collectors' row: values that a Compose file beside it takes as a whole image; and as guesses those that
// look like one and that none beside it takes.
[[nodiscard]] Claim claim_dotenv(std::string_view path);
[[nodiscard]] image::Collected collect_dotenv(const Source& source, const Files& files);

}  // namespace lock::collect
