// The text forms of crypto/: times, PEM, checkpoints, canonical JSON, DSSE. Each good input beside bad ones that differ
// in one place.
#include <gtest/gtest.h>

#include "resolver/base/encoding.hpp"
#include "resolver/base/hash.hpp"
#include "resolver/base/json.hpp"
#include "resolver/trust/crypto/canonical_json.hpp"
#include "resolver/trust/crypto/checkpoint.hpp"
#include "resolver/trust/crypto/dsse.hpp"
#include "resolver/trust/crypto/pem.hpp"
#include "resolver/trust/crypto/time.hpp"

namespace lock::trust::crypto {
namespace {

std::string reading_of(const Result<Time>& time) { return time ? format_rfc3339(*time) : time.error().message; }

TEST(TrustTime, ReadsRfc3339) {
  EXPECT_EQ(reading_of(parse_rfc3339("2021-01-12T11:53:27Z")), "2021-01-12T11:53:27Z");
  EXPECT_EQ(reading_of(parse_rfc3339("2022-12-31T23:59:59.999Z")), "2022-12-31T23:59:59.999Z");
  EXPECT_EQ(reading_of(parse_rfc3339("2022-12-31T23:59:59.1234567Z")), "2022-12-31T23:59:59.123456Z");
  EXPECT_EQ(reading_of(parse_rfc3339("2022-01-01T01:30:00+02:00")), "2021-12-31T23:30:00Z");
  EXPECT_EQ(reading_of(parse_rfc3339("9999-12-31T23:59:59Z")), "9999-12-31T23:59:59Z");
  for (const std::string_view bad :
       {"", "2021-01-12", "2021-02-29T00:00:00Z", "2021-01-12T24:00:00Z", "2021-01-12T11:53:27",
        "2021-01-12T11:53:27.Z", "2021-01-12T11:53:27Zx", "2021-01-12 11:53:27Z", "2021-01-12T11:53:27+0200",
        "2021-01-12T11:53:60Z", "-021-01-12T11:53:27Z"}) {
    EXPECT_EQ(reading_of(parse_rfc3339(bad)), "expected a point in time, found `" + std::string(bad) + "`");
  }
}

TEST(TrustTime, ReadsGeneralizedTime) {
  EXPECT_EQ(reading_of(parse_generalized_time("20250806185136Z")), "2025-08-06T18:51:36Z");
  EXPECT_EQ(reading_of(parse_generalized_time("20250806185136.5Z")), "2025-08-06T18:51:36.5Z");
  for (const std::string_view bad : {"20250806185136", "20250806185136.Z", "202508061851Z", "20250806185136+0100"}) {
    EXPECT_EQ(reading_of(parse_generalized_time(bad)), "expected a point in time, found `" + std::string(bad) + "`");
  }
}

TEST(TrustTime, RangesAreClosed) {
  const Validity range{from_unix(100), from_unix(200)};
  EXPECT_FALSE(range.contains(from_unix(99)));
  EXPECT_TRUE(range.contains(from_unix(100)));
  EXPECT_TRUE(range.contains(from_unix(200)));
  EXPECT_FALSE(range.contains(from_unix(200) + std::chrono::microseconds{1}));
  EXPECT_TRUE((Validity{from_unix(100), {}}.contains(from_unix(4'000'000'000))));
}

std::string reading_of(const Result<std::vector<PemBlock>>& blocks) {
  if (!blocks) return blocks.error().message;
  std::string out;
  for (const PemBlock& block : *blocks) out += block.label + "=" + block.der + ";";
  return out;
}

TEST(TrustPem, ReadsBlocksAndNothingElse) {
  EXPECT_EQ(reading_of(read_pem(write_pem("A B", "some bytes"), 1)), "A B=some bytes;");
  EXPECT_EQ(reading_of(read_pem("\n-----BEGIN X-----\r\nYQ==\r\n-----END X-----", 1)), "X=a;");
  EXPECT_EQ(
      reading_of(read_pem("-----BEGIN X-----\nYQ==\n-----END X-----\n-----BEGIN Y-----\nYg==\n-----END Y-----\n", 2)),
      "X=a;Y=b;");
  EXPECT_EQ(
      reading_of(read_pem("-----BEGIN X-----\nYQ==\n-----END X-----\n-----BEGIN Y-----\nYg==\n-----END Y-----\n", 1)),
      "more than 1 PEM block where that many are expected");
  EXPECT_EQ(reading_of(read_pem("", 1)), "not a PEM text: no block");
  EXPECT_EQ(reading_of(read_pem("hello\n-----BEGIN X-----\nYQ==\n-----END X-----\n", 1)),
            "not a PEM text: text outside a block");
  EXPECT_EQ(reading_of(read_pem("-----BEGIN X-----\nYQ==\n", 1)), "not a PEM text: the block X does not end");
  EXPECT_EQ(reading_of(read_pem("-----BEGIN X-----\nYQ==\n-----END Y-----\n", 1)),
            "not a PEM text: the block begins as X and ends otherwise");
  EXPECT_EQ(reading_of(read_pem("-----BEGIN X-----\nYR==\n-----END X-----\n", 1)),
            "not a PEM text: the block X is not base64");
}

std::string root_text() { return base::to_base64(std::string(32, 'r')); }
std::string signature_line(std::string_view name) {
  return "\xE2\x80\x94 " + std::string(name) + " " + base::to_base64("hintsignature") + "\n";
}

std::string reading_of(const Result<Checkpoint>& checkpoint) {
  if (!checkpoint) return checkpoint.error().message;
  std::string out = checkpoint->origin + " " + std::to_string(checkpoint->size) + " " + checkpoint->root.substr(0, 1);
  for (const auto& s : checkpoint->signatures) out += " [" + s.name + " " + s.key_hash + " " + s.signature + "]";
  return out;
}

TEST(TrustCheckpoint, ReadsSignedNotes) {
  const std::string text = "log.example\n12\n" + root_text() + "\n";
  const auto good = parse_checkpoint(text + "\n" + signature_line("log.example") + signature_line("witness"));
  EXPECT_EQ(reading_of(good), "log.example 12 r [log.example hint signature] [witness hint signature]");
  EXPECT_EQ(good->signed_text, text);
  const auto extended = parse_checkpoint(text + "Timestamp: 5\n\n" + signature_line("log.example"));
  EXPECT_EQ(reading_of(extended), "log.example 12 r [log.example hint signature]");
  EXPECT_EQ(extended->signed_text, text + "Timestamp: 5\n");
}

TEST(TrustCheckpoint, SaysWhatIsMissing) {
  const std::string sign = "\n" + signature_line("n");
  const struct {
    std::string note, message;
  } rows[] = {
      {"", "no empty line before the signatures"},
      {"a\n1\n" + root_text() + "\n", "no empty line before the signatures"},
      {"a\n1\n" + root_text() + "\n\n", "no signature"},
      {"1\n" + root_text() + "\n" + sign, "origin, tree size and root hash are not all there"},
      {"a\n" + root_text() + "\n" + sign, "origin, tree size and root hash are not all there"},
      {"\n1\n" + root_text() + "\n" + sign, "the origin is empty"},
      {"a\n01\n" + root_text() + "\n" + sign, "the tree size `01` is no number"},
      {"a\n-1\n" + root_text() + "\n" + sign, "the tree size `-1` is no number"},
      {"a\n18446744073709551616\n" + root_text() + "\n" + sign, "the tree size `18446744073709551616` is no number"},
      {"a\n1\nAAAA\n" + sign, "the root hash `AAAA` is not 32 bytes in base64"},
      {"a\n1\n" + root_text() + "\n\n- n " + base::to_base64("hintsignature") + "\n", "a signature line is malformed"},
      {"a\n1\n" + root_text() + "\n\n\xE2\x80\x94 n AAAA\n", "a signature line is malformed"},
      {"a\n1\n" + root_text() + "\n\n\xE2\x80\x94 n+x " + base::to_base64("hintsignature") + "\n",
       "a signature line is malformed"},
      {"a\n1\n" + root_text() + "\n\n\xE2\x80\x94 n " + base::to_base64("hintsignature"),
       "the last signature line does not end"},
      {"a\r\n1\n" + root_text() + "\n" + sign, "it holds a control character"},
      {"a\xff\n1\n" + root_text() + "\n" + sign, "it is not UTF-8"},
      {std::string(70'000, 'a'), "it is larger than 64 KiB"},
  };
  for (const auto& row : rows) EXPECT_EQ(reading_of(parse_checkpoint(row.note)), "not a checkpoint: " + row.message);
}

std::string canonical(std::string_view json) {
  const auto value = base::parse_json(json, "test");
  return value ? canonical_json(*value) : value.error().message;
}

// Expectations follow RFC 8785 sections 3.2.2 and 3.2.3 and ECMA-262 Number::toString.
TEST(TrustCanonicalJson, WritesWhatRfc8785Asks) {
  EXPECT_EQ(canonical(R"( { "b" : [ 1 , null , true ] , "a" : "x" } )"), R"({"a":"x","b":[1,null,true]})");
  EXPECT_EQ(canonical("\"\\u20ac$\\u000F\\nA'\\u0042\\u0022\\u005c\\\\\\\"\\/\""),
            "\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"");
  // By UTF-16 code units U+1F600 (d83d de00) sorts before U+FB33, by bytes and by code points after it.
  EXPECT_EQ(canonical("{\"\xEF\xAC\xB3\":1,\"\xF0\x9F\x98\x80\":2,\"\xC3\xB6\":3}"),
            "{\"\xC3\xB6\":3,\"\xF0\x9F\x98\x80\":2,\"\xEF\xAC\xB3\":1}");
  EXPECT_EQ(canonical("[0.0,-0.0,1.0,1.5,-3.25]"), "[0,0,1,1.5,-3.25]");
  EXPECT_EQ(canonical_json(boost::json::array{1e21, 1e20, 1e-6, 1e-7, 123e-9, 4.50, 2e-3}),
            "[1e+21,100000000000000000000,0.000001,1e-7,1.23e-7,4.5,0.002]");
  EXPECT_EQ(canonical_json(boost::json::array{5e-324, 1.7976931348623157e308, 333333333.33333329}),
            "[5e-324,1.7976931348623157e+308,333333333.3333333]");
  EXPECT_EQ(canonical("[9223372036854775807,18446744073709551615,-9223372036854775808]"),
            "[9223372036854775807,18446744073709551615,-9223372036854775808]");
}

TEST(TrustDsse, EncodesWhatIsSigned) {
  EXPECT_EQ(pre_authentication_encoding("http://example.com/HelloWorld", "hello world"),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  EXPECT_EQ(pre_authentication_encoding("", ""), "DSSEv1 0  0 ");
}

std::string reading_of(const Result<Envelope>& envelope) {
  if (!envelope) return envelope.error().message;
  return envelope->payload_type + " " + envelope->payload + " " + envelope->signature;
}

TEST(TrustDsse, ReadsEnvelopesWithOneSignature) {
  EXPECT_EQ(
      reading_of(parse_envelope(R"({"payloadType":"t","payload":"cA==","signatures":[{"sig":"cw==","keyid":"k"}]})")),
      "t p s");
  EXPECT_EQ(reading_of(
                parse_envelope(R"({"payloadType":"t","payload":"cA==","signatures":[{"sig":"cw=="},{"sig":"cw=="}]})")),
            "the envelope carries 2 signatures; exactly one is verified");
  EXPECT_EQ(reading_of(parse_envelope(R"({"payloadType":"t","payload":"cA==","signatures":[]})")),
            "the envelope carries 0 signatures; exactly one is verified");
  EXPECT_EQ(reading_of(parse_envelope(R"({"payloadType":"t","payload":"cA","signatures":[{"sig":"cw=="}]})")),
            "not a DSSE envelope: the payload is not base64");
  EXPECT_EQ(reading_of(parse_envelope(R"({"payloadType":"t","payload":"cA==","signatures":[{"sig":"-_=="}]})")),
            "not a DSSE envelope: the signature is not base64");
  EXPECT_EQ(reading_of(parse_envelope(R"({"payload":"cA==","signatures":[{"sig":"cw=="}]})")),
            "not a DSSE envelope: payload, payloadType and signatures are not all there");
  EXPECT_EQ(reading_of(parse_envelope(R"({"payloadType":"t","payload":"cA==","signatures":[{"sig":"cw=="}],"x":1})")),
            "not a DSSE envelope: unknown member `x`");
  EXPECT_EQ(reading_of(parse_envelope("[]")), "not a DSSE envelope: no object");
}

}  // namespace
}  // namespace lock::trust::crypto
