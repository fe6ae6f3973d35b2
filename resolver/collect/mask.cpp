#include "resolver/collect/mask.hpp"

#include <algorithm>
#include <vector>

namespace lock::collect {
namespace {

constexpr std::size_t kMostString = 1000;  // bytes of a string in an expression; a longer one is not looked for

// The end of the expression that begins at `at`; npos when none does. An expression that never closes ends nowhere.
std::size_t end_of_expression(std::string_view bytes, std::size_t at) {
  const std::string_view open = bytes.substr(at, 2);
  std::string_view close;
  if (open == "{{") {
    close = "}}";
  } else if (open == "{%") {
    close = "%}";
  } else if (open == "{#") {
    close = "#}";
  } else {
    return std::string_view::npos;
  }
  char quote = 0;
  for (std::size_t i = at + 2; i + 1 < bytes.size(); ++i) {
    if (quote != 0) {
      if (bytes[i] == '\n') quote = 0;
      if (bytes[i] == quote) quote = 0;
    } else if (bytes.substr(i, 2) == close) {
      return i + 2;
    } else if (open != "{#" && (bytes[i] == '"' || bytes[i] == '`')) {
      const std::string_view line = bytes.substr(i + 1, kMostString);
      quote = line.find(bytes[i]) < line.find('\n') ? bytes[i] : '\0';
    }
  }
  return std::string_view::npos;
}

}  // namespace

bool holds_template(std::string_view bytes) {
  for (std::size_t at = bytes.find('{'); at != std::string_view::npos && at + 1 < bytes.size();
       at = bytes.find('{', at + 1)) {
    const char next = bytes[at + 1];
    if (next == '%' || (next == '{' && (at == 0 || bytes[at - 1] != '$'))) return true;
  }
  return false;
}

std::string mask_template(std::string_view bytes) {
  std::string out(bytes);
  std::vector<bool> masked(bytes.size(), false);
  std::string lost;  // second bytes of openings that were looked for to the end in vain, which is done once
  for (std::size_t at = bytes.find('{'); at != std::string_view::npos; at = bytes.find('{', at)) {
    const char second = at + 1 < bytes.size() ? bytes[at + 1] : ' ';
    const bool opens = (second == '{' && (at == 0 || bytes[at - 1] != '$')) || second == '%' || second == '#';
    const bool tried = lost.find(second) != std::string::npos;
    const std::size_t end = opens && !tried ? end_of_expression(bytes, at) : std::string_view::npos;
    if (end == std::string_view::npos) {
      if (opens && !tried) lost += second;
      ++at;
      continue;
    }
    for (std::size_t i = at; i < end; ++i) {
      if (bytes[i] == '\n' || bytes[i] == '\r') continue;
      out[i] = 'x';
      masked[i] = true;
    }
    at = end;
  }
  for (std::size_t begin = 0; begin < out.size();) {
    const std::size_t end = std::min(out.find('\n', begin), out.size());
    std::size_t first = std::string::npos;
    bool other = false;
    for (std::size_t i = begin; i < end; ++i) {
      if (masked[i]) {
        first = std::min(first, i);
      } else {
        other = other || (out[i] != ' ' && out[i] != '\t' && out[i] != '\r');
      }
    }
    if (first != std::string::npos && !other) out[first] = '#';
    begin = end + 1;
  }
  return out;
}

}  // namespace lock::collect
