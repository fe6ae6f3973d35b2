// A bad answer to something that was checked. Check ids are kebab-case and documented in lockfile/CHECKS.md. The
// fields are those of the JSON contract; empty means absent.
#pragma once

#include <cstdint>
#include <string>

#include "resolver/base/place.hpp"

namespace lock::image {

enum class Severity : std::uint8_t { error, warning, note };

struct Finding {
  std::string check;
  Severity severity = Severity::error;
  std::string message;
  std::string hint;
  std::string reference;
  std::string digest;
  std::string expected;
  std::string actual;
  Place place;         // place.file empty: no place in the tree
  std::string object;  // "Deployment default/web container app"
};

// Something that was asked for and could not be checked, with the reason. Makes exit status 3.
struct Undetermined {
  Finding finding;
  std::string cause;
};

}  // namespace lock::image
