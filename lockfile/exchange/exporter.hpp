// What the lock says, for other tools: pins that they read beside the sources, which stay as they are.
//
// An exporter takes the locked places of the tree that are its own and makes one text of them. What its
// format cannot say is never dropped: it comes back with a reason. Pure but for `Request::find`; the same places give
// the same bytes. To add one: its file, its row in exporters.cpp, a folder in tests/cases/export.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/base/place.hpp"
#include "resolver/collect/source.hpp"
#include "resolver/image/digest.hpp"
#include "resolver/image/occurrence.hpp"

namespace lock::exchange {

// A place with an image that is locked, and the digest that the lock gives it.
struct LockedPlace {
  const image::Occurrence* occurrence = nullptr;
  image::Digest digest;
};

struct Request {
  std::span<const LockedPlace> places;  // those that the format covers, by file and place; at least one
  // Places were named on the command line: their files go together.
  bool chosen = false;
  // A file of the tree, as the collectors saw it; null when it cannot be read any more.
  std::function<const collect::Source*(std::string_view path)> find;
};

struct Unexpressed {
  std::string what;    // the reference, or the service, that it is about
  std::string reason;  // a clause
  Place place;
};

struct Exported {
  std::string text;
  std::size_t images = 0;  // pins in the text
  std::vector<Unexpressed> left;
};

struct Exporter {
  std::string_view name;
  std::string_view summary;
  bool (*covers)(const image::Occurrence& occurrence);  // whether the place is one for this format at all
  Result<Exported> (*write)(const Request& request);    // `usage` when the places do not belong together
  bool is_of_rendered = false;                          // it acts on manifests, so it should hold what rendering shows
};

[[nodiscard]] std::span<const Exporter> exporters();  // sorted by name

}  // namespace lock::exchange
