// A value that must not reach a terminal, a log or an error. Prints as stars; `reveal` is the only way to the text.
#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace lock::base {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] const std::string& reveal() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  friend bool operator==(const Secret&, const Secret&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "****"; }

 private:
  std::string text_;
};

}  // namespace lock::base
