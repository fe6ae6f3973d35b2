// The names of the tests in this program, for the lists in tests/cases that say where something is shown.
#pragma once

#include <set>
#include <string>

namespace lock::test {

// Suites (`RegistryRows`) and tests (`RegistryRows.AreShownWhereTheListSays`).
[[nodiscard]] std::set<std::string> registered_tests();

}  // namespace lock::test
