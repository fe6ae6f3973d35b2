#include "lockfile/ops/neighbours.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/golden.hpp"
#include "tests/support/temporary_tree.hpp"

namespace lock::ops {
namespace {

class NeighboursOfAFile : public ::testing::Test {
 protected:
  std::string problems(const Neighbours& neighbours) {
    std::string text;
    for (const image::Problem& one : neighbours.problems("compose.yaml")) {
      EXPECT_EQ(one.check, "unreadable-file");
      EXPECT_EQ(one.severity, image::Problem::Severity::warning);
      text += one.place.file + ": " + one.message + "\n";
    }
    return text;
  }
  // Of this length, without blocks on the disk.
  void sparse(const std::string& name, std::size_t bytes) {
    tree.file(name, "");
    std::filesystem::resize_file(tree / name, bytes);
    list(name);
  }
  void list(const std::string& name) { listing.files.push_back({name, tree::Interest::none, 0}); }
  NeighbourReader reader() {
    listing.root = tree.path();
    std::ranges::sort(listing.files, {}, &tree::ListedFile::path);
    return std::move(NeighbourReader::of(listing).value());
  }

  support::TemporaryTree tree;
  tree::Listing listing;
};

TEST_F(NeighboursOfAFile, AreThoseOfTheListing) {
  tree.file(".env", "A=1\n");
  tree.file("ignored", "secret\n");
  tree.link("link", ".env");
  for (const char* name : {".env", "link", "deleted"}) list(name);
  NeighbourReader files = reader();
  const Neighbours neighbours(files);
  EXPECT_EQ(neighbours.find(".env")->bytes(), "A=1\n");
  EXPECT_EQ(neighbours.find(".env"), neighbours.find(".env"));
  EXPECT_EQ(neighbours.find("ignored"), nullptr);
  EXPECT_EQ(neighbours.find("deleted"), nullptr);
  EXPECT_EQ(problems(neighbours), "");
  EXPECT_EQ(neighbours.find("link"), nullptr);
  EXPECT_EQ(neighbours.find("link"), nullptr);
  EXPECT_EQ(problems(neighbours),
            "compose.yaml: this file refers to link, which is a symbolic link and is not followed\n");
}

TEST_F(NeighboursOfAFile, AreBoundedEachAndTogether) {
  sparse("large", (std::size_t{16} << 20) + 1);
  for (char name = 'a'; name <= 'e'; ++name) sparse(std::string(1, name), std::size_t{15} << 20);
  NeighbourReader files = reader();
  {
    const Neighbours neighbours(files);
    EXPECT_EQ(neighbours.find("large"), nullptr);
    for (char name = 'a'; name <= 'd'; ++name) EXPECT_NE(neighbours.find(std::string(1, name)), nullptr);
    EXPECT_EQ(neighbours.find("e"), nullptr);
    EXPECT_EQ(problems(neighbours),
              "compose.yaml: this file refers to e, which would make more than 67108864 bytes of neighbours\n"
              "compose.yaml: this file refers to large, which is larger than 16777216 bytes and was not read\n");
  }
  const Neighbours next(files);
  EXPECT_NE(next.find("e"), nullptr) << "each file has its own budget";
}

}  // namespace
}  // namespace lock::ops
