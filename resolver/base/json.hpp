// The one way to read JSON. Over Boost.JSON, which keeps the last of two equal keys silently, accepts 1e999 and turns
// large integers into doubles: all of that is refused here, and errors carry line and column.
//
// Refused: duplicate names (also when one is spelled with escapes), names that differ from another in the same object
// only by letter case (Go readers fold them), integers outside int64/uint64, non-finite numbers, a byte order mark,
// invalid UTF-8, NUL, trailing data, nesting deeper than `depth`.
#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "resolver/base/error.hpp"

namespace lock::base {

struct JsonLimits {
  std::size_t depth = 32;
  std::size_t bytes = std::size_t{4} << 20;
  // Documents that hold other people's names (build arguments `FOO` and `foo`) as members: names may differ by case,
  // and the caller asks `find_folded_twice` of each object that it reads as a structure.
  bool any_case = false;
};

// `name` says in errors what is being read: a file, a URL, "the token answer of https://…".
[[nodiscard]] Result<boost::json::value> parse_json(std::string_view text, std::string_view name,
                                                    const JsonLimits& limits = {});

// A name of the object that another one equals but for letter case; nullopt when there is none.
[[nodiscard]] std::optional<std::string_view> find_folded_twice(const boost::json::object& object);

// Members by type; nullopt when the member is missing or of another type.
[[nodiscard]] const boost::json::value* find(const boost::json::object& object, std::string_view name);
[[nodiscard]] std::optional<std::string_view> find_string(const boost::json::object& object, std::string_view name);
[[nodiscard]] const boost::json::object* find_object(const boost::json::object& object, std::string_view name);
[[nodiscard]] const boost::json::array* find_array(const boost::json::object& object, std::string_view name);
[[nodiscard]] std::optional<std::uint64_t> find_unsigned(const boost::json::object& object, std::string_view name);

}  // namespace lock::base
