#include "resolver/base/descriptor.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <utility>

namespace lock::base {
namespace {

bool is_open(int number) { return fcntl(number, F_GETFD) != -1; }

TEST(Descriptor, ClosesOnceAndMoves) {
  int number = -1;
  {
    Descriptor first(open("/dev/null", O_RDONLY | O_CLOEXEC));
    number = first.number();
    ASSERT_TRUE(first.is_open());
    const Descriptor second(std::move(first));
    EXPECT_EQ(second.number(), number);
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
  EXPECT_FALSE(Descriptor().is_open());
}

TEST(Descriptor, WhatIsAssignedOverIsClosed) {
  Descriptor kept(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int before = kept.number();
  kept = Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_NE(kept.number(), before);
  EXPECT_FALSE(is_open(before));
  EXPECT_TRUE(is_open(kept.number()));
}

}  // namespace
}  // namespace lock::base
