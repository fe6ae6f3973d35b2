// Reads the files of a listing that are of interest, on a few threads, and hands each to a function.
//
// Symbolic links are never followed by the operating system. A link of interest that leads to a listed file of the tree
// is read at that file, once, unless the file is read under its own name anyway; again where ReadingOptions::adds says
// so. A file that vanished, or that is tracked and deleted, is passed over. What cannot be read is a Problem:
// undetermined when the name declares a format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "resolver/base/bytes.hpp"
#include "resolver/image/occurrence.hpp"
#include "resolver/tree/listing.hpp"

namespace lock::tree {

struct File {
  std::size_t index = 0;    // in Listing::files; no two calls have the same
  std::string_view path;    // where the bytes stand
  std::string_view name;    // the path whose name made it interesting: another than `path` when that was a link
  std::uint32_t scope = 0;  // of `path`
  BytesView bytes;          // valid during the call
};

struct ReadingOptions {
  unsigned threads = 0;                            // 0: as many as there are cores, 2 to 8
  std::size_t most_bytes = std::size_t{16} << 20;  // larger files are not read
  // Whether the name of a link makes more of a file than `other`, a name under which it is read too.
  std::function<bool(std::string_view link, std::string_view other)> adds;
};

struct Reading {
  std::vector<image::Problem> problems;  // sorted by file
  std::size_t files = 0;                 // read
  std::uint64_t bytes = 0;
  std::size_t links = 0;  // symbolic links of interest
  std::size_t gone = 0;   // listed and not there
};

// `read` is called from several threads at once, in no particular order: it stores what it makes by `index`, and then
// nothing depends on the order. An exception from it ends the reading and comes out here, when all threads have ended.
[[nodiscard]] Result<Reading> read_each(const Listing& listing, const ReadingOptions& options,
                                        const std::function<void(const File&)>& read);

}  // namespace lock::tree
