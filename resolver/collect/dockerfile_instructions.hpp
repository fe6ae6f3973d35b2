// What the instructions of a Dockerfile say that concerns references: FROM, ARG, COPY --from, RUN --mount.
//
// Specification: the Dockerfile reference, and BuildKit's frontend/dockerfile/instructions. Everything stays text with
// a map; nothing is expanded here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/collect/dockerfile_lines.hpp"
#include "resolver/collect/mapped_text.hpp"

namespace lock::collect {

// `FROM [--platform=…] base [AS name]`.
struct FromInstruction {
  MappedText base;
  std::string name;                    // lower case; empty where the stage has none
  std::optional<MappedText> platform;  // the flag's value
  std::string trouble;                 // why a builder refuses it; `base` is what could be read all the same
};
[[nodiscard]] std::optional<FromInstruction> read_from(const DockerfileLine& line);  // nothing without a base

// One of the words of `ARG name[=value]…`; the value with its quotes and variables.
struct ArgDefinition {
  std::string name;
  std::optional<MappedText> value;
};
[[nodiscard]] std::vector<ArgDefinition> read_arg(const DockerfileLine& line, char escape);

// The value of `--name=value`, the first one where it is repeated.
[[nodiscard]] std::optional<MappedText> flag_value(const DockerfileLine& line, std::string_view name);

// The `from` of every `--mount` of a RUN that has one. An error where a mount is no comma-separated list.
[[nodiscard]] Result<std::vector<MappedText>> mounts_from(const DockerfileLine& line);

// A whole number as Go's strconv.Atoi takes it: COPY --from=0.
[[nodiscard]] bool is_stage_number(std::string_view text);

}  // namespace lock::collect
