// What collectors find: occurrences of image references in files, and problems with those files.
//
// A collector decodes text (YAML scalars, Dockerfile words, interpolation) and an occurrence says, for each part of
// the reference, which bytes of which file it was decoded from. Reading, pinning and applying all rest on these slots;
// whoever edits knows no format. See resolver/collect/README.md for the model in prose.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "resolver/base/place.hpp"
#include "resolver/image/reference.hpp"

namespace lock::image {

enum class Part : std::uint8_t { registry, name, tag, digest };

// How the text of a slot is written, which decides what an edit must do to put another text there.
enum class Style : std::uint8_t {
  plain,          // bytes as they are (plain YAML scalar, Dockerfile word, .env value)
  single_quoted,  // YAML ' '
  double_quoted,  // YAML " ", JSON string, Dockerfile " "
  folded,         // YAML > block
  literal,        // YAML | block
};

// One part of a reference, in one file. `ranges` are the bytes that decode to `text`, in order; they are several when
// an escape, a fold or a line continuation lies between. Empty `ranges` cannot be: a part that is not written has no
// slot. A new part is inserted after the last byte of the slot before it (name, tag, digest).
struct Slot {
  Part part = Part::name;
  std::string file;          // relative to the root of the run
  std::vector<Span> ranges;  // bytes of the file on disk (a byte order mark counts)
  std::string text;          // decoded: "nginx", "1.25", "sha256:…"
  Style style = Style::plain;
  bool shared = false;  // other occurrences read the same bytes (an ARG default, an anchor, a variable)
  // Of a digest with a key of its own: what a pin puts before it, and what stands before one that was put there
  // (`\n  digest: `). Who takes the digest out takes this out as well. Empty where the key is its author's.
  std::string lead = {};
};

enum class Class : std::uint8_t { declared, guessed };
enum class Kind : std::uint8_t { image, artifact };
enum class Status : std::uint8_t { resolved, unresolved, ignored, first_party };

struct Occurrence {
  std::string written;                 // as written, variables and all
  std::optional<Reference> reference;  // set when status is resolved, ignored or first_party and the text has a value
  std::string file;                    // where one edits the name
  std::string found_from;              // the file whose collector found it, where that is another than `file`
  Position position;
  Span span;           // the bytes that `position` starts; for carets and for sorting
  std::string format;  // "dockerfile", "compose", "kubernetes", … the row of the collectors' table
  std::string path;    // JSON Pointer; in a Dockerfile `stage/instruction`
  std::string object;  // "Deployment default/web container app"; empty where there is no such thing
  Class occurrence_class = Class::declared;
  Kind kind = Kind::image;
  Status status = Status::resolved;
  std::string reason;        // why unresolved or ignored; empty when resolved
  std::vector<Slot> slots;   // empty when unresolved
  std::string not_editable;  // why the slots cannot be written; empty when they can
};

// Something about a file that kept a collector from reading all of it, or that its author should know.
struct Problem {
  enum class Severity : std::uint8_t {
    undetermined,  // the file declares the format by its name and could not be read: counts as not checked
    error,         // what the file says depends on who reads it
    warning,
    note,
  };
  Severity severity = Severity::warning;
  std::string check;  // id in lockfile/CHECKS.md, e.g. "unreadable-file"
  std::string message;
  std::string hint;
  Place place;
};

struct Collected {
  std::vector<Occurrence> occurrences;
  std::vector<Problem> problems;
};

}  // namespace lock::image
