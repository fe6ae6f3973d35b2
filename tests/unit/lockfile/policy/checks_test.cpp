#include "lockfile/policy/checks.hpp"

#include <gtest/gtest.h>

#include "tests/support/golden.hpp"
#include "tests/support/source_dir.hpp"

namespace lock::policy {
namespace {

// lockfile/CHECKS.md is the table in checks.cpp: made from it here and compared.
TEST(Checks, ThePageForPeopleIsTheTable) {
  constexpr std::string_view severities[] = {"error", "warning", "note"};
  std::string text =
      "# Checks\n\nWhat `lock` looks at. The ids are the same in every report; `lock explain CHECK` prints a page.\n\n"
      "`[checks]` in images.toml sets another severity, `[[accept]]` makes exceptions with a reason; neither can for "
      "the\n"
      "checks marked *fixed*. Some places are milder than the default, as their pages say.\n\n"
      "| check | by default | what is wrong |\n|---|---|---|\n";
  for (const Check& check : checks()) {
    const std::string id(check.id);
    text += "| [`" + id + "`](#" + id + ") | " + std::string(severities[static_cast<std::size_t>(check.severity)]) +
            (check.adjustable ? "" : ", fixed") + " | " + std::string(check.summary) + " |\n";
  }
  for (const Check& check : checks()) {
    text += "\n## " + std::string(check.id) + "\n\n" + std::string(check.summary) + ".\n\n" + std::string(check.page) +
            "\n";
  }
  test::expect_golden(test::source_dir() / "lockfile" / "CHECKS.md", text);
}

TEST(Checks, AreSortedAndWritten) {
  for (std::size_t i = 1; i < checks().size(); ++i) EXPECT_LT(checks()[i - 1].id, checks()[i].id);
  for (const Check& check : checks()) {
    EXPECT_EQ(find_check(check.id), &check);
    EXPECT_FALSE(check.summary.ends_with('.')) << check.id;
    EXPECT_TRUE(check.page.ends_with('.')) << check.id;
    EXPECT_EQ(check.page.find("  "), check.page.npos) << check.id;
  }
  EXPECT_EQ(find_check("none"), nullptr);
}

// Collectors and the walk name checks too. What follows `Severity::…` as a word with hyphens is one.
TEST(Checks, EveryCheckThatTheResolverNamesIsInTheTable) {
  std::size_t named = 0;
  for (const char* folder : {"resolver/collect", "resolver/tree"}) {
    for (const auto& entry : std::filesystem::directory_iterator(test::source_dir() / folder)) {
      if (entry.path().extension() != ".cpp") continue;
      const std::string text = test::read_text(entry.path());
      for (std::size_t at = text.find("Severity::"); at != text.npos; at = text.find("Severity::", at + 1)) {
        const std::size_t open = text.find_first_of("\";}", at);
        if (open == text.npos || text[open] != '"') continue;
        const std::string word = text.substr(open + 1, text.find('"', open + 1) - open - 1);
        if (word.find('-') == word.npos || word.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") != word.npos) continue;
        EXPECT_NE(find_check(word), nullptr) << word << " in " << entry.path();
        ++named;
      }
    }
  }
  EXPECT_GE(named, 3U) << "this test no longer sees what the resolver names";
}

}  // namespace
}  // namespace lock::policy
