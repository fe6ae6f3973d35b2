// ComposeVariables of Compose files and of .env files.
//
// `$X`, `${X}`, `${X:-default}`, `${X-default}`, `${X:?error}`, `${X?error}`, `${X:+other}`, `${X+other}`, `$$` for one
// `$`; defaults nest. Specification: the Compose specification, "Interpolation"; where it is silent, compose-go's
// template package. A value keeps the bytes that it was written with, also in another file.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/collect/mapped_text.hpp"

namespace lock::collect {

// The value of a variable; null when it is not set.
using ComposeVariables = std::function<const MappedText*(std::string_view name)>;

struct Interpolated {
  MappedText text;                   // an expression without a value stays as it is written
  std::vector<std::string> unknown;  // those expressions: no value and no default, or not the syntax of Compose
};

[[nodiscard]] Interpolated interpolate(const MappedText& text, const ComposeVariables& variables);

}  // namespace lock::collect
