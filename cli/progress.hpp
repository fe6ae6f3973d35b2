// A registry that tells the terminal what it is waiting for: a decorator around the real one, used only where standard
// error is a terminal and --quiet was not given.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "resolver/image/copier.hpp"
#include "resolver/image/registry.hpp"

namespace lock::cli {

// `write` gets one line without its end, to be drawn over the last one; an empty line clears it.
[[nodiscard]] std::unique_ptr<image::Registry> with_progress(std::unique_ptr<image::Registry> registry,
                                                             std::function<void(std::string_view)> write);

// The same for copies: what is done so far, drawn a few times a second.
[[nodiscard]] image::CopyWatch show_copying(std::function<void(std::string_view)> write);

}  // namespace lock::cli
