// tests/cases/sigstore/ATTACKS.md names tests and rows: each is there.
#include <gtest/gtest.h>

#include <regex>

#include "resolver/base/file.hpp"
#include "tests/support/registered_tests.hpp"
#include "tests/support/source_dir.hpp"

namespace lock {
namespace {

std::string text_of(const std::string& path) {
  return base::read_file(test::source_dir() / path, std::size_t{1} << 20).value();
}

std::vector<std::string> matches(const std::string& text, const std::string& pattern) {
  const std::regex expression(pattern);
  std::vector<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at) found.push_back((*at)[1]);
  return found;
}

TEST(AttackList, NamesWhatIsThere) {
  const std::string list = text_of("tests/cases/sigstore/ATTACKS.md");
  const std::set<std::string> known = test::registered_tests();
  const auto named = matches(
      list, "`((?:Signature|Signing|Verify|Examiner|Provenance|Attack|Policy|Continuity)[A-Za-z]*(?:\\.[A-Za-z]+)?)`");
  EXPECT_GT(named.size(), 20U);
  for (const std::string& name : named) EXPECT_TRUE(known.contains(name)) << name;

  std::string sources;
  for (const char* file :
       {"support/trust/attacks.cpp", "unit/cli/signature_rows_test.cpp", "unit/cli/signature_registry_test.cpp"}) {
    sources += text_of(std::string("tests/") + file);
  }
  const auto rows = matches(list, "\"([^\"]+)\"");
  EXPECT_GT(rows.size(), 90U);
  for (const std::string& row : rows) {
    const bool there = sources.contains("\"" + row + "\"") || sources.contains("\": " + row + "\"");
    const bool prose = row == "unsupported" || row == "not checked" || row == "unsigned";
    EXPECT_TRUE(there || prose) << row;
  }
}

}  // namespace
}  // namespace lock
