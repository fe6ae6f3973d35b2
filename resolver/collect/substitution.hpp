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

// How often `name` stands as a placeholder in the text of a whole file.
[[nodiscard]] std::size_t count_placeholders(std::string_view text, FindPlaceholder find, std::string_view name);

// `open name close` with blanks inside: `<< x >>`, `$(x)`.
[[nodiscard]] std::optional<Placeholder> bracketed(std::string_view text, std::size_t at, std::string_view open,
                                                   std::string_view close);

}  // namespace lock::collect
