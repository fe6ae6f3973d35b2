// Words of a Dockerfile: quotes, escapes, and variables with every modifier that BuildKit knows.
//
//   $NAME  ${NAME}  ${NAME:-w} ${NAME-w}  ${NAME:+w} ${NAME+w}  ${NAME:?w} ${NAME?w}
//   ${NAME#p} ${NAME##p}  ${NAME%p} ${NAME%%p}  ${NAME/p/w} ${NAME//p/w}
//
// `w` may hold variables, quotes and escapes again. Specification: the Dockerfile reference, "Environment
// replacement", and where it is silent BuildKit's frontend/dockerfile/shell, with which a differential test compares.
//
// A word is computed as a build without build arguments would compute it, and at the same time as far as the tree can
// vouch for it: a variable without a value is empty there, and `missing` says so here. Text keeps its map to the
// file. Nothing is thrown away silently; nesting and length are bounded.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/collect/mapped_text.hpp"

namespace lock::collect {

// A text with what is not known about it.
struct Piece {
  MappedText text;
  std::vector<std::string> missing;     // variables without a value that were replaced by nothing
  std::vector<std::string> unknowable;  // variables that only the build gives a value, and which stand for some text
  bool surely_filled = false;           // not empty, whatever the unknowable part is
  std::string transformed;              // the modifier that cut or replaced text, as written; empty when none did

  void append(const Piece& other);
  [[nodiscard]] bool known() const { return missing.empty() && unknowable.empty(); }
};

// What a name means. Null: no such variable, or one without a value.
using Variables = std::function<const Piece*(std::string_view name)>;

constexpr std::size_t kMostWord = std::size_t{64} << 10;  // bytes of an expanded word
constexpr int kMostNesting = 64;                          // `${a:-${b:-…}}`

// The word with its variables replaced and its quotes and escapes taken away. Not split at blanks. An error is one
// that ends a build: a missing brace or quote, an unknown modifier, `${NAME:?}` without a value; or a limit of ours.
[[nodiscard]] Result<Piece> expand_word(const MappedText& word, char escape, const Variables& variables);

// Words of `text`, split at blanks, with quotes and escapes kept and no variable replaced. Empty when `text` is no
// well-formed shell text: this is how BuildKit looks for here-documents, errors and all.
[[nodiscard]] std::vector<std::string> split_raw_words(std::string_view text);

// The same without quotes and escapes.
[[nodiscard]] Result<std::vector<std::string>> split_words(std::string_view text);
// The same without escapes.
[[nodiscard]] Result<std::vector<std::string>> split_quoted_words(std::string_view text);

// The length of the white space (Unicode's, as Go's unicode.IsSpace has it) at `at`, or 0.
[[nodiscard]] std::size_t space_at(std::string_view text, std::size_t at);
[[nodiscard]] std::string_view trim_spaces(std::string_view text);

}  // namespace lock::collect
