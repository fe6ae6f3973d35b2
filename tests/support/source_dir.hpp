#pragma once

#include <filesystem>

namespace lock::test {

// The root of the checkout that was built, where the tests find their cases. Only one file is compiled with that path,
// so checkouts share a compiler cache.
std::filesystem::path source_dir();

}  // namespace lock::test
