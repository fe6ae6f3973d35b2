// From a request line to the question that it asks: distribution-spec v1.1, "Endpoints".
#pragma once

#include <string>
#include <string_view>

#include "tests/support/registry/fault.hpp"

namespace lock::test {

[[nodiscard]] Question route(const Request& request, std::string_view token_path);

// The JSON error of the distribution specification.
[[nodiscard]] Answer error_answer(int status, std::string_view code, std::string_view message);

}  // namespace lock::test
