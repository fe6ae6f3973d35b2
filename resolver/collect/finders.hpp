// What several files or several names find at one place.
#pragma once

#include <span>
#include <string_view>

#include "resolver/image/occurrence.hpp"

namespace lock::collect {

// Whether some collector wants a file under the name `path` that does not want it under the name `other`.
[[nodiscard]] bool claims_more(std::string_view path, std::string_view other);

// Of what several files find at the same place of another one, as two builds that name one Dockerfile do, the first
// stays; what the file itself says comes before all.
void keep_one_a_finder(std::span<image::Collected> files);

}  // namespace lock::collect
