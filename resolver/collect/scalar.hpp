// How the text of a YAML or JSON scalar is written: pieces that are there byte for byte, and pieces that stand for
// something else (escapes, folded line ends).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/collect/tree.hpp"

namespace lock::collect {

struct ScalarPiece {
  Span bytes;
  std::optional<std::string> decoded;  // nothing: the bytes themselves
};

// The pieces of the scalar that stands in `span` of `bytes` and means `value`. An empty list when the two do not
// agree, which is a fault here or in the reader: then nobody can edit by halves, and nobody is told wrong bytes.
[[nodiscard]] std::vector<ScalarPiece> pieces_of(std::string_view bytes, Span span, ScalarStyle style,
                                                 std::string_view value);

// The value of the JSON string in `span`, quotes included. False when it holds an escape that JSON does not know.
[[nodiscard]] bool read_json_string(std::string_view bytes, Span span, std::string& text);

}  // namespace lock::collect
