// From text that holds a reference to an occurrence with slots: the one function that every collector ends in.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/collect/mapped_text.hpp"
#include "resolver/collect/tree.hpp"
#include "resolver/image/occurrence.hpp"

namespace lock::collect {

// What a collector found in a field that holds, or may hold, a reference.
struct Found {
  MappedText written;  // as it stands in the file, variables and all
  MappedText place;    // where the occurrence stands, if not at the first byte of `written`: the repository's key
  MappedText value;    // with every variable replaced; the same as `written` where the format has no variables
  std::vector<std::string> unknown;  // variables that the tree gives no value; then `value` is not looked at
  std::string unresolved;            // another reason why the value is not known, as a clause
  std::string_view format;
  std::string path;    // JSON Pointer, or as the format has it
  std::string object;  // "Deployment default/web container app"
  image::Class occurrence_class = image::Class::declared;
  bool bare_name_counts = false;  // a guess, but its field's name is so plain that `nginx` alone is an image
  image::Kind kind = image::Kind::image;
  bool first_party = false;            // this repository builds it
  std::string ignored;                 // the reason of a `lock:ignore` that the collector itself saw
  std::optional<Origin> digest_place;  // where a digest goes that has a key of its own, which is empty
  std::string digest_lead;             // what belongs to the digest and goes with it: Slot::lead
  std::string not_editable;            // why a pin cannot be written here; empty when it can
};

// Adds one occurrence, resolved or unresolved; or, where a declared field holds what is no reference, a note; or
// nothing: for an empty text, and for a guess that does not look like an image (looks_like_image).
//
// Slots: a text that a collector joined from several keys with a synthesised "/" has its registry in a slot of its
// own. A part that is written in two files, or that shares an escape with its neighbour, makes the occurrence not
// editable, with that as its reason.
void add_found(Found found, image::Collected& out);

// A Found for a scalar that holds a whole reference: its text, and its bytes.
[[nodiscard]] Found found_in(const Tree& tree, const Node& scalar, std::string_view format, std::string path);

// The names of variables and template expressions in `text`: $X, ${X:-y}, $(x), {{ x }}, << x >>, as written.
[[nodiscard]] std::vector<std::string> placeholders_in(std::string_view text);

// Whether a text that stands in no declared field can be taken for an image: it parses, is no host and port, no
// platform, no media type or file, and it names a tag, a digest or a registry. `strict` wants registry, path and tag.
[[nodiscard]] bool looks_like_image(std::string_view text, bool strict = false);

// `logo.png`, `disk.qcow2`: what a field called image holds where it means a picture or a disk.
[[nodiscard]] bool is_file_name(std::string_view text);

// `/a/b` and a key make `/a/b/c~1d` (RFC 6901).
[[nodiscard]] std::string json_pointer(std::string_view parent, std::string_view key);
[[nodiscard]] std::string json_pointer(std::string_view parent, std::size_t index);

// A problem with a place in `source`.
[[nodiscard]] image::Problem problem_at(const SourceText& source, Span bytes, image::Problem::Severity severity,
                                        std::string check, std::string message, std::string hint = {});

// Says where YAML inside of a string of a file could not be read; `noun` is what holds it.
void report_embedded(const Tree& inner, const MappedText& text, std::string_view noun, image::Collected& out);

}  // namespace lock::collect
