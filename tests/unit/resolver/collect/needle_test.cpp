#include "resolver/collect/needle.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace lock::collect {
namespace {

TEST(Needle, IsFoundWhereverItStands) {
  const Needle needle("image");
  EXPECT_TRUE(needle.is_in("image"));
  EXPECT_TRUE(needle.is_in("gggimage"));  // the byte that is looked for stands before it, too
  EXPECT_TRUE(needle.is_in("imagimage: x"));
  EXPECT_FALSE(needle.is_in("imag"));
  EXPECT_FALSE(needle.is_in("g"));
  EXPECT_FALSE(needle.is_in(""));
}

TEST(Needle, TheEmptyOneIsEverywhere) {
  EXPECT_TRUE(Needle("").is_in(""));
  EXPECT_TRUE(Needle("").is_in("x"));
}

TEST(Needle, AgreesWithFindOnSmallAlphabets) {
  std::mt19937 random(20);
  const auto text_of = [&](std::size_t length) {
    std::string text;
    while (text.size() < length) text += "aeg:"[random() % 4];
    return text;
  };
  for (int i = 0; i < 20000; ++i) {
    const std::string needle = text_of(random() % 5);
    const std::string text = text_of(random() % 24);
    EXPECT_EQ(Needle(needle.c_str()).is_in(text), text.find(needle) != std::string::npos) << needle << " in " << text;
  }
}

}  // namespace
}  // namespace lock::collect
