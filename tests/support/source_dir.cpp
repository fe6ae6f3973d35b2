#include "tests/support/source_dir.hpp"

namespace lock::test {

std::filesystem::path source_dir() { return LOCK_SOURCE_DIR; }

}  // namespace lock::test
