// The variables that a FROM sees: the ARGs before the first FROM and the platform's, in that order.
//
// An ARG inside a stage, and ENV, change no later FROM. A default may read the ARGs before it. Arguments that a build
// is known to pass (a Compose file's `args`) replace defaults; what only a command line passes cannot be known.
// The platform's arguments (TARGETARCH, …) have a value in every build, which no file tells.
// Specification: the Dockerfile reference, "Understand how ARG and FROM interact" and "Automatic platform ARGs".
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/collect/dockerfile_instructions.hpp"
#include "resolver/collect/mapped_text.hpp"
#include "resolver/collect/shell_word.hpp"

namespace lock::collect {

class DockerfileArguments {
 public:
  using Values = std::map<std::string, MappedText, std::less<>>;

  // `passed` must outlive this. An empty `target` is not known.
  DockerfileArguments(char escape, const Values& passed, std::string_view target);

  // An ARG before the first FROM. An error is one that ends a build; the variable then counts as not known.
  [[nodiscard]] Result<void> define(const ArgDefinition& definition);

  // `read` gains the bytes behind every variable that the word looks at, also where they do not end in its text.
  [[nodiscard]] Result<Piece> expand(const MappedText& word, std::vector<Origin>& read) const;
  [[nodiscard]] const std::vector<Origin>& read_by(std::string_view name) const;  // the same for one variable
  [[nodiscard]] const Piece* find(std::string_view name) const;                   // null for one without a value

 private:
  char escape_;
  const Values& passed_;
  std::map<std::string, Piece, std::less<>> values_;
  std::map<std::string, std::vector<Origin>, std::less<>> read_;
  std::size_t expanded_ = 0;  // bytes of all values, bounded
};

}  // namespace lock::collect
