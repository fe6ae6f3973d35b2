#include "resolver/registry/challenge.hpp"

#include <algorithm>
#include <optional>

#include "resolver/base/text.hpp"

namespace lock::registry {
namespace {

constexpr std::size_t most_challenges = 16;
constexpr std::size_t most_parameters = 32;
constexpr std::size_t most_field = std::size_t{16} * 1024;

bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").contains(c);
}

class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : text_(text.substr(0, most_field)) {}

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  void skip_separators() {
    while (at_ < text_.size() && std::string_view(" \t,").contains(text_[at_])) ++at_;
  }
  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] bool at(char c) const { return at_ < text_.size() && text_[at_] == c; }

  std::string_view token() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_token_character(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  // A parameter `name = value`; when what follows is none, the position stays. `broken` tells an unfinished quote.
  struct Parameter {
    std::string name;
    std::string value;
  };
  std::optional<Parameter> parameter(bool& broken) {
    const std::size_t begin = at_;
    Parameter parameter{base::to_lower(token()), {}};
    skip_blanks();
    if (parameter.name.empty() || !at('=')) return back_to(begin);
    ++at_;
    skip_blanks();
    if (at('"')) {
      const auto value = quoted();
      if (!value) {
        broken = true;
        return back_to(begin);
      }
      parameter.value = *value;
      return parameter;
    }
    parameter.value = value_token();
    if (parameter.value.empty()) return back_to(begin);  // `abc=` and `abc==` are token68
    return parameter;
  }

  void skip_token68() {
    while (at_ < text_.size() && text_[at_] != ',') ++at_;
  }

 private:
  std::nullopt_t back_to(std::size_t position) {
    at_ = position;
    return std::nullopt;
  }
  // A bare value should be a token; registries also leave URLs and scopes unquoted, so it ends at a comma or a blank.
  std::string value_token() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && !std::string_view(" \t,\"=").contains(text_[at_])) ++at_;
    if (at('=')) {
      const std::size_t after = text_.find_first_not_of('=', at_);
      if (after == std::string_view::npos || text_[after] == ',' || text_[after] == ' ') return {};
      while (at_ < text_.size() && !std::string_view(" \t,\"").contains(text_[at_])) ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }
  std::optional<std::string> quoted() {
    std::string value;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        return value;
      }
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      value += text_[at_];
    }
    return std::nullopt;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool holds_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; });
}

// Reads the parameters of one challenge, up to the next scheme, a token68 or the end; false when it is not to be used.
bool read_parameters(FieldReader& reader, Challenge& challenge, bool& broken) {
  bool usable = true;
  while (!reader.at_end() && challenge.parameters.size() < most_parameters) {
    reader.skip_separators();
    auto parameter = reader.parameter(broken);
    if (!parameter) break;
    if (holds_control(parameter->value)) usable = false;
    if (!challenge.parameters.emplace(std::move(parameter->name), std::move(parameter->value)).second) usable = false;
  }
  return usable && !broken;
}

void parse_field(std::string_view field, std::vector<Challenge>& challenges) {
  FieldReader reader(field);
  bool broken = false;
  while (!broken && challenges.size() < most_challenges) {
    reader.skip_separators();
    if (reader.at_end()) return;
    Challenge challenge{base::to_lower(reader.token()), {}};
    if (challenge.scheme.empty()) return;
    if (!reader.at_end() && !reader.at(' ') && !reader.at('\t') && !reader.at(',')) return;
    reader.skip_blanks();
    const bool alone = reader.at(',') || reader.at_end();
    const bool usable = alone || read_parameters(reader, challenge, broken);
    if (!alone && challenge.parameters.empty()) reader.skip_token68();
    if (usable) challenges.push_back(std::move(challenge));
  }
}

}  // namespace

std::string_view Challenge::parameter(std::string_view name) const {
  const auto found = parameters.find(std::string(name));
  return found == parameters.end() ? std::string_view() : std::string_view(found->second);
}

std::vector<Challenge> parse_challenges(const std::vector<std::string_view>& fields) {
  std::vector<Challenge> challenges;
  for (const std::string_view field : fields) parse_field(field, challenges);
  return challenges;
}

const Challenge* choose_challenge(const std::vector<Challenge>& challenges) {
  const Challenge* basic = nullptr;
  for (const Challenge& challenge : challenges) {
    if (challenge.scheme == "bearer" && !challenge.parameter("realm").empty()) return &challenge;
    if (challenge.scheme == "basic" && basic == nullptr) basic = &challenge;
  }
  return basic;
}

}  // namespace lock::registry
