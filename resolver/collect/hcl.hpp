// HCL 2, as much of it as a docker-bake file's references need: blocks, attributes, strings, here-documents, objects.
//
// Every other expression (numbers, lists, conditions, function calls, `for`) is passed over as one value of kind
// `other`, its brackets, strings and comments respected. Strings keep their `${…}` as written; escapes are decoded. Not
// read: template directives (`%{ if }`), and what a value of kind `other` would be. Depth and size are bounded.
// Specification: the HCL native syntax specification.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/collect/mapped_text.hpp"

namespace lock::collect {

struct HclAttribute;

struct HclValue {
  enum class Kind : std::uint8_t { string, object, other };
  Kind kind = Kind::other;
  MappedText text;                    // of a string
  std::vector<HclAttribute> members;  // of an object
};

struct HclAttribute {
  std::string name;
  HclValue value;
};

struct HclBlock {
  std::string type;                 // "target"; empty for the file itself
  std::vector<std::string> labels;  // "app"
  std::vector<HclAttribute> attributes;
  std::vector<HclBlock> blocks;

  [[nodiscard]] const HclValue* find(std::string_view name) const;  // null when there is none
};

// The place of an error is in the file that the text comes from.
[[nodiscard]] Result<HclBlock> read_hcl(const MappedText& text);

}  // namespace lock::collect
