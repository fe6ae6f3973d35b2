// lockfile/settings/images.schema.json is for editors. It is what the reader's table says, neither more nor less: this
// test makes the schema from the table and compares it with the file.
#include <gtest/gtest.h>

#include <string>

#include "lockfile/settings/keys.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/source_dir.hpp"

namespace lock::settings {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string object_of(std::span<const Key> keys, const std::string& indent);

std::string shape_of(const Key& key, const std::string& indent) {
  switch (key.shape) {
    case Shape::text: return R"("type": "string", "minLength": 1)";
    case Shape::texts: return R"("type": "array", "minItems": 1, "items": { "type": "string", "minLength": 1 })";
    case Shape::boolean: return R"("type": "boolean")";
    case Shape::date: return R"("type": "string", "format": "date")";
    case Shape::mirrors: return R"("type": "array", "items": )" + object_of(mirror_keys(), indent);
    case Shape::severity: return R"("enum": ["error", "warning", "note"])";
    case Shape::enforcement: return R"("enum": ["apply", "rendered", "build-policy"])";
    case Shape::signer_kind: return R"("enum": ["sigstore", "cosign-key"])";
    case Shape::count: return R"("type": "integer", "minimum": 1)";
  }
  return {};
}

std::string object_of(std::span<const Key> keys, const std::string& indent) {
  std::string properties;
  std::string required;
  for (const Key& key : keys) {
    properties += (properties.empty() ? "" : ",") + ("\n" + indent + "    ") + quoted(key.name) +
                  ": { \"description\": " + quoted(key.summary) + ", " + shape_of(key, indent + "    ") + " }";
    if (key.required) required += (required.empty() ? "" : ", ") + quoted(key.name);
  }
  return "{\n" + indent + "  \"type\": \"object\",\n" + indent + "  \"additionalProperties\": false,\n" +
         (required.empty() ? "" : indent + "  \"required\": [" + required + "],\n") + indent + "  \"properties\": {" +
         properties + "\n" + indent + "  }\n" + indent + "}";
}

std::string schema_of(const Section& section) {
  const std::string described = "{ \"description\": " + quoted(section.summary) + ", ";
  const std::string indent = "    ";
  switch (section.form) {
    case Form::value: return described + shape_of(section.keys.front(), indent) + " }";
    case Form::named_tables:
      return described + R"("type": "object", "additionalProperties": )" + object_of(section.keys, indent) + " }";
    case Form::tables: return described + R"("type": "array", "items": )" + object_of(section.keys, indent) + " }";
    case Form::checks:
      return described + R"("type": "object", "additionalProperties": { "enum": ["error", "warning", "note"] } })";
  }
  return {};
}

TEST(Schema, IsWhatTheReaderAccepts) {
  std::string text =
      "{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n  \"title\": \"images.toml\",\n"
      "  \"description\": \"Settings and policy of lock\",\n  \"type\": \"object\",\n"
      "  \"additionalProperties\": false,\n  \"properties\": {";
  for (const Section& section : sections()) {
    text += (text.ends_with('{') ? "\n    " : ",\n    ") + quoted(section.name) + ": " + schema_of(section);
  }
  text += "\n  }\n}\n";
  test::expect_golden(test::source_dir() / "lockfile" / "settings" / "images.schema.json", text);
}

TEST(Schema, SectionsAndKeysAreSorted) {
  for (std::size_t i = 1; i < sections().size(); ++i) EXPECT_LT(sections()[i - 1].name, sections()[i].name);
  for (const Section& section : sections()) {
    for (std::size_t i = 1; i < section.keys.size(); ++i) EXPECT_LT(section.keys[i - 1].name, section.keys[i].name);
  }
}

}  // namespace
}  // namespace lock::settings
