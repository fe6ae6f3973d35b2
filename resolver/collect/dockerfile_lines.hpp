// A Dockerfile as lines: directives, continuations, comments, here-documents. What an instruction means comes later.
//
// Specification: the Dockerfile reference ("Format", "Parser directives", "Here-Documents") and, where it is silent,
// BuildKit's frontend/dockerfile/parser. Files with a byte order mark, CRLF, or without a last line end are read as
// BuildKit reads them. Nothing is expanded here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/collect/mapped_text.hpp"

namespace lock::collect {

// What is wrong with a file, and where in its decoded text.
struct DockerfileFault {
  Span where;
  std::string message;
};

// `# syntax=`, `# escape=`, `# check=`: before anything else in the file, even before other comments.
struct DockerfileDirectives {
  char escape = '\\';
  std::optional<MappedText> syntax;  // the reference alone: the value ends at its first blank
  bool is_dockerfile = true;         // false where `// syntax=` or JSON say that another language follows
  std::optional<DockerfileFault> fault;
};

[[nodiscard]] DockerfileDirectives read_dockerfile_directives(const MappedText& file);

// An instruction with its continuation lines joined, without comments between them and without its here-documents.
struct DockerfileLine {
  std::string keyword;            // lower case
  MappedText text;                // the whole line, keyword and all; empty where nothing in it can matter here
  std::vector<MappedText> flags;  // `--from=x`, quotes and escapes taken away
  MappedText arguments;           // what stands after the flags, trimmed, as written
  Span first_line;                // in the file's decoded text
};

struct DockerfileLines {
  std::vector<DockerfileLine> lines;     // every instruction
  std::optional<DockerfileFault> fault;  // the first; what could be read is in `lines` all the same
};

[[nodiscard]] DockerfileLines read_dockerfile_lines(const MappedText& file, const DockerfileDirectives& directives);

// Keyword, flags and arguments of one joined line; also of what follows ONBUILD.
[[nodiscard]] DockerfileLine split_dockerfile_line(const MappedText& line, char escape);

}  // namespace lock::collect
