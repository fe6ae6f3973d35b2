// How places and pins are spelled in exported files.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "lockfile/exchange/exporter.hpp"

namespace lock::exchange {

// The name as the place writes it, its registry included, without tag and digest: "nginx", "quay.io/acme/app".
[[nodiscard]] std::string name_in(const image::Occurrence& occurrence);
// The tag that the place writes, or that it means when it writes none.
[[nodiscard]] std::string tag_in(const image::Occurrence& occurrence);
// name:tag@digest; name@digest where the place has a digest alone.
[[nodiscard]] std::string pin_of(const LockedPlace& place);

[[nodiscard]] Unexpressed unexpressed(const image::Occurrence& occurrence, std::string reason);

// Text in double quotes, good for YAML and JSON.
[[nodiscard]] std::string quoted(std::string_view text);
// A key of a YAML mapping: plain where no reader can take it for anything but text, else in quotes.
[[nodiscard]] std::string yaml_key(std::string_view text);

// The files of these places.
[[nodiscard]] std::set<std::string> files_of(std::span<const LockedPlace> places);
// "a, b, c and 4 more".
[[nodiscard]] std::string listed(const std::set<std::string>& names);

}  // namespace lock::exchange
