// TOML 1.0 documents with places: the one file of ours over toml++, used for images.lock and images.toml.
//
// In: the text of a file and its name for messages. Out: the tables, and for each key and value the Place that a
// caret needs. toml++ counts lines and columns (code points) as Place does. Both readers above are strict, so what
// they share (conflict markers, unknown keys, wrong types) is worded here once.
//
// Errors: ErrorKind::configuration, with a place. Bounded by the size of the text and toml++'s nesting limit of 256.
// A Source holds a view of the text, which must outlive it; it is not thread-safe (the index of lines is made late).
#pragma once

#include <toml++/toml.h>

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/base/place.hpp"

namespace lock::tables {

class Source {
 public:
  Source(std::string_view text, std::string file) : text_(text), file_(std::move(file)) {}
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] Place place(const toml::source_region& region) const;
  [[nodiscard]] Place place(const toml::node& node) const { return place(node.source()); }
  [[nodiscard]] Place place(const toml::key& key) const { return place(key.source()); }
  [[nodiscard]] Place line(std::uint32_t number) const;  // all of it

 private:
  [[nodiscard]] const base::LineIndex& lines() const;
  std::string_view text_;
  std::string file_;
  mutable std::optional<base::LineIndex> lines_;
};

[[nodiscard]] Result<toml::table> parse(const Source& source);

// The lines of the first conflict that git left in the text: `<<<<<<<`, `|||||||`, `=======`, `>>>>>>>`. Looked for
// before parsing, because a parser can only call them a syntax error. Nothing when there is none.
[[nodiscard]] std::optional<Place> find_conflict(const Source& source);

// "a string", "an array", … for messages.
[[nodiscard]] std::string_view kind_of(const toml::node& node);

// "a list" of the words with commas and a last "or".
[[nodiscard]] std::string one_of(std::span<const std::string_view> words);

// Keys in the order of the text. toml++ keeps them sorted by name; a message about the first mistake wants the first.
[[nodiscard]] std::vector<const toml::key*> keys_in_order(const toml::table& table);

}  // namespace lock::tables
