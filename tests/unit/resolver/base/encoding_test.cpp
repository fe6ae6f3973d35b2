#include "resolver/base/encoding.hpp"

#include <gtest/gtest.h>

namespace lock::base {
namespace {

TEST(Encoding, Base64HasOneSpellingForEachValue) {
  EXPECT_EQ(to_base64("any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw==");
  EXPECT_EQ(from_base64("YW55IGNhcm5hbCBwbGVhcw=="), "any carnal pleas");
  EXPECT_EQ(from_base64(""), "");
  for (const char* bad : {"YQ", "YQ=", "YR==", "YQ==\n", " YQ==", "Y===", "YQ==YQ==", "Y-==", "===="}) {
    EXPECT_EQ(from_base64(bad), std::nullopt) << bad;
  }
}

TEST(Encoding, Base64UrlIsUnpadded) {
  EXPECT_EQ(to_base64url("\xfb\xff"), "-_8");
  EXPECT_EQ(from_base64url("-_8"), "\xfb\xff");
  for (const char* bad : {"-_8=", "+/8", "A", "-_9"}) EXPECT_EQ(from_base64url(bad), std::nullopt) << bad;
}

TEST(Encoding, HexIsLowerCase) {
  EXPECT_EQ(to_hex(std::string("\x00\xff\x1a", 3)), "00ff1a");
  EXPECT_EQ(from_hex("00ff1a"), std::string("\x00\xff\x1a", 3));
  EXPECT_EQ(from_hex("0"), std::nullopt);
  EXPECT_EQ(from_hex("FF"), std::nullopt);
}

TEST(Encoding, PercentEncodingKeepsUnreservedOnly) { EXPECT_EQ(percent_encode("a/b:c~é"), "a%2Fb%3Ac~%C3%A9"); }

}  // namespace
}  // namespace lock::base
