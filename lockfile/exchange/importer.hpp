// Locks of other tools, read: which digests they give to which references.
//
// Strict, as for our own lock: a file that says something unknown here is refused with its place. Pure. What the file
// says is not believed yet; whoever takes a digest from it asks the registry for it.
//
//   dt       Images.lock of the distribution tooling for Helm, apiVersion v0: the digests of an image's platforms, but
//            not its own
//   imgpkg   ImagesLock of Carvel's imgpkg and kbld, imgpkg.carvel.dev/v1alpha1: an image by digest, and in an
//            annotation of kbld the name that was written for it
//
// To add a format: its function, its row in importers.cpp, a folder in tests/cases/import.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/collect/source.hpp"
#include "resolver/image/digest.hpp"
#include "resolver/image/reference.hpp"

namespace lock::exchange {

struct ForeignImage {
  image::Reference reference;               // as the tree would name it; by digest when the file has no other name
  std::optional<image::Digest> digest;      // of the image itself
  std::vector<image::Digest> of_platforms;  // else those of some of its platforms; not empty then
  Place place;
};

struct ForeignLock {
  std::string_view tool;
  std::vector<ForeignImage> images;  // sorted by reference, each once
};

// Errors: `configuration`, with a place: no such format, broken YAML, or one reference with different digests.
[[nodiscard]] Result<ForeignLock> read_foreign_lock(const collect::Source& source);

}  // namespace lock::exchange
