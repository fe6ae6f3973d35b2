// The vocabulary of images.toml: which keys there are, of what shape, and which must stand. One table; the reader
// refuses what is not in it, and images.schema.json (for editors) is compared with it by a test.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace lock::settings {

enum class Shape : std::uint8_t {
  text,   // a string that is not empty
  texts,  // an array of at least one such string
  boolean,
  date,         // TOML local date, 2026-12-31
  mirrors,      // an array of tables with `mirror_keys`
  severity,     // "error", "warning" or "note"
  enforcement,  // "apply", "rendered" or "build-policy"
  signer_kind,  // "sigstore" or "cosign-key"
  count         // a whole number from 1
};

struct Key {
  std::string_view name;
  Shape shape;
  bool required;
  std::string_view summary;
};

enum class Form : std::uint8_t {
  value,         // name = …; `keys` holds the one row that says its shape
  named_tables,  // [name."x"]
  tables,        // [[name]]
  checks,        // [name], whose keys are check ids
};

struct Section {
  std::string_view name;
  Form form;
  std::span<const Key> keys;
  std::string_view summary;
  std::string_view example = {};  // of named tables: a name as it stands in brackets
};

[[nodiscard]] std::span<const Section> sections();  // sorted by name
[[nodiscard]] const Section* find_section(std::string_view name);
[[nodiscard]] std::span<const Key> mirror_keys();

}  // namespace lock::settings
