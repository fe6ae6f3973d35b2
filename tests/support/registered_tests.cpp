#include "tests/support/registered_tests.hpp"

#include <gtest/gtest.h>

namespace lock::test {

std::set<std::string> registered_tests() {
  std::set<std::string> names;
  const auto& all = *testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const auto& suite = *all.GetTestSuite(i);
    names.insert(suite.name());
    for (int k = 0; k < suite.total_test_count(); ++k) {
      names.insert(std::string(suite.name()) + "." + suite.GetTestInfo(k)->name());
    }
  }
  return names;
}

}  // namespace lock::test
