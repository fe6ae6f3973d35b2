// Raw bytes. A std::string holds them (Boost.JSON, libcurl and OpenSSL all take pointer and length); this alias only
// says what is meant. Nothing in `Bytes` has been checked: see resolver/image/verified.hpp for what has.
#pragma once

#include <string>
#include <string_view>

namespace lock::base {
using Bytes = std::string;
using BytesView = std::string_view;
}  // namespace lock::base

namespace lock {
using base::Bytes;
using base::BytesView;
}  // namespace lock
