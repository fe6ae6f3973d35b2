// Placeholders that a file itself gives a value: substitutions of Cloud Build, parameters of CircleCI and Tekton.
//
// What a value is replaced by keeps the bytes it was written with. A placeholder without a value is named and stays.
// Values may hold placeholders again; eight rounds are enough for people, and the length is bounded.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/collect/found.hpp"
#include "resolver/collect/mapped_text.hpp"

namespace lock::collect {

// A placeholder that begins at some byte of a text.
struct Placeholder {
  std::size_t end = 0;
  std::string_view name;  // without its brackets; empty: the text in between stands for itself (`$$`)
};

using FindPlaceholder = std::optional<Placeholder> (*)(std::string_view text, std::size_t at);
using PlaceholderValue = std::function<std::optional<MappedText>(std::string_view name)>;

struct Substituted {
  MappedText text;
  std::vector<std::string> unknown;  // placeholders as written
  std::vector<std::string> used;     // names that had a value
};

[[nodiscard]] Substituted substitute(const MappedText& text, FindPlaceholder find, const PlaceholderValue& value);

// Placeholders as one format has them.
struct Placeholders {
  std::string_view noun;   // "parameter", for people
  std::string_view bytes;  // of the whole file: who else uses one
  FindPlaceholder find;
};

// Why a digest must not be written into the values that were put in: others use them too. Empty: nobody does.
[[nodiscard]] std::string used_elsewhere(const Substituted& made, const Placeholders& placeholders);

// Gives `found` its value. Where a placeholder is a part of the image and others use it too, a digest must not be
// written into it: the place is not editable.
void substitute_in(Found& found, const Placeholders& placeholders, const PlaceholderValue& value);

// `open name close` with blanks inside: `<< x >>`, `$(x)`.
[[nodiscard]] std::optional<Placeholder> bracketed(std::string_view text, std::size_t at, std::string_view open,
                                                   std::string_view close);

}  // namespace lock::collect
