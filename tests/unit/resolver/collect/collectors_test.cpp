#include <gtest/gtest.h>

#include <algorithm>

#include "resolver/collect/collector.hpp"

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

}  // namespace
}  // namespace lock::collect
