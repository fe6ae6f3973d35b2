#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>

#include "resolver/collect/collector.hpp"
#include "tests/support/slot_editor.hpp"

namespace lock::collect {
namespace {

TEST(Collectors, RowsAreSortedByFormat) {
  const auto rows = collectors();
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end(),
                             [](const Collector& a, const Collector& b) { return a.format < b.format; }));
}

TEST(Collectors, WhatHoldsNoNeedleIsNotRead) {
  EXPECT_FALSE(worth_reading("a.yaml", "apiVersion: v1"));
  EXPECT_TRUE(worth_reading("a.yaml", "apiVersion: v1\nimage: x"));
  EXPECT_FALSE(worth_reading("a.txt", "apiVersion: v1\nimage: x"));
  EXPECT_EQ(claim("a.txt"), Claim::none);
}

TEST(Source, PathsOfNeighboursStayInTheTree) {
  EXPECT_EQ(join_path("a/b", "../c"), "a/c");
  EXPECT_EQ(join_path("", "./c/"), "c");
  EXPECT_EQ(join_path("a", "../../c"), std::nullopt);
  EXPECT_EQ(join_path("a", "/c"), std::nullopt);
  EXPECT_EQ(join_path("a", "https://x/y"), std::nullopt);
}

TEST(Collectors, ManyVariablesCostOnePassOverTheComposeFile) {
  test::FileMap files;
  files["compose.yaml"] = "services: {a: {image: $TAKEN}}\n#" + std::string(std::size_t{1} << 20, 'V');
  files[".env"] = "TAKEN=ghcr.io/acme/a:1\nOTHER_IMAGE=ghcr.io/acme/b:1\n";
  for (int i = 0; i < 60'000; ++i) files[".env"] += "V" + std::to_string(i) + "=1\n";
  const std::clock_t begin = std::clock();
  const image::Collected found = test::collect_all(files);
  EXPECT_LT(std::clock() - begin, 5 * CLOCKS_PER_SEC);
  const auto guessed = [](const image::Occurrence& one) { return one.occurrence_class == image::Class::guessed; };
  ASSERT_EQ(std::ranges::count_if(found.occurrences, guessed), 1);
  EXPECT_EQ(std::ranges::find_if(found.occurrences, guessed)->written, "ghcr.io/acme/b:1");
}

TEST(Collectors, AUnitReadsANamedFileOnce) {
  test::FileMap files;
  files["recipe.txt"] = "FROM ghcr.io/acme/a:1\n";
  files["app.build"] = "[Build]\nFile=recipe.txt\nFile=recipe.txt\n";
  EXPECT_EQ(test::collect_all(files).occurrences.size(), 1U);
}

}  // namespace
}  // namespace lock::collect
