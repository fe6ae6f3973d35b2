// What a collector is, and the one function that runs all of them over a file.
//
// A collector is a row of the table in collectors.cpp: a name, which files it wants to see, and a function from a
// parsed source to occurrences and problems. It does no I/O: neighbours of the file (the `.env` beside a Compose
// file, the Dockerfile that it names) come through `Files`. It reads the parsed tree of its Source, which is parsed
// once however many collectors look at it. See README.md here for how to add one.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "resolver/collect/needle.hpp"
#include "resolver/collect/pattern.hpp"
#include "resolver/collect/source.hpp"
#include "resolver/image/occurrence.hpp"

namespace lock::collect {

// What a file's name says to a collector.
enum class Claim : std::uint8_t {
  none,      // not this format
  possible,  // the contents decide
  declared,  // the name says that it is this format: when it cannot be read, something was not checked
};

struct Collector {
  std::string_view format;                // Occurrence::format; the table is sorted by it
  Claim (*claim)(std::string_view path);  // of a path relative to the root of the run
  Needle required;                        // a file without these bytes is not this format; empty: none
  std::span<const Needle> needles;        // a file with none of these holds no reference; empty: any may
  image::Collected (*collect)(const Source& source, const Files& files);
};

[[nodiscard]] std::span<const Collector> collectors();

// The strongest claim of any collector; a file with Claim::none need not be opened.
[[nodiscard]] Claim claim(std::string_view path);

// Whether a collector that wants a file of this name could find anything in these bytes. Cheap: no parsing.
[[nodiscard]] bool worth_reading(std::string_view path, std::string_view bytes);

// Everything that the collectors find in one file, in the order of the file. The same bytes found by two collectors
// are one occurrence: a declared one wins over a guess. Ignored are those that a `lock:ignore` comment covers. Slots
// that several occurrences read are marked as shared. A file that cannot be parsed gives what could be read and one
// problem, `unreadable-file`: undetermined when a collector's name predicate declares the format, else a warning.
[[nodiscard]] image::Collected collect(const Source& source, const Files& files);

// The same with patterns for this file. What a pattern finds is declared: it wins over a guess at the same place.
[[nodiscard]] image::Collected collect(const Source& source, const Files& files, std::span<PatternRun> patterns);

}  // namespace lock::collect
