// tests/cases/registry/ROWS.md says for each row where it is shown, and with which exit status: it is so.
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "resolver/base/text.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/registered_tests.hpp"
#include "tests/support/source_dir.hpp"

namespace lock::test {
namespace {

// Of the last command of a case's program; empty where it runs none.
std::string last_status(const std::string& name) {
  const std::filesystem::path file = case_folder("registry", name) / "program.txt";
  std::string status;
  if (!std::filesystem::exists(file)) return status;
  const std::string text = read_text(file);
  for (const std::string_view line : base::split(text, '\n')) {
    if (line.starts_with("exit ")) status = line.substr(5);
  }
  return status;
}

TEST(RegistryRows, AreShownWhereTheListSays) {
  const std::set<std::string> tests = registered_tests();
  const std::string list = read_text(case_folder("registry", "ROWS.md"));
  const std::regex mention("`([^`]+)`(?: ([0-9]+))?");
  std::size_t rows = 0;
  for (const std::string_view line : base::split(list, '\n')) {
    const std::size_t column = line.rfind(" | ");
    if (!line.starts_with("| ") || line.starts_with("| row") || column == std::string_view::npos) continue;
    ++rows;
    const std::string shown(line.substr(column));
    std::size_t names = 0;
    for (std::sregex_iterator at(shown.begin(), shown.end(), mention), end; at != end; ++at, ++names) {
      const std::string name = (*at)[1];
      if (name.contains('/')) {
        EXPECT_TRUE(std::filesystem::exists(source_dir() / name)) << name;
      } else if (std::filesystem::exists(case_folder("registry", name) / "case.json")) {
        EXPECT_EQ(last_status(name), (*at)[2].str()) << name;
      } else {
        EXPECT_TRUE(tests.contains(name)) << name;
      }
    }
    EXPECT_GT(names, 0U) << line;
  }
  EXPECT_GT(rows, 90U);
}

}  // namespace
}  // namespace lock::test
