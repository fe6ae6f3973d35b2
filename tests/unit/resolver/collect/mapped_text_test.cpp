#include "resolver/collect/mapped_text.hpp"

#include <gtest/gtest.h>

#include "resolver/collect/found.hpp"

namespace lock::collect {
namespace {

using image::Style;

// "a[0,3) b[5,9)": the bytes behind a part of a text.
std::string places(const MappedText& text, std::size_t begin, std::size_t end) {
  std::string out;
  for (const Origin& origin : text.ranges(begin, end)) {
    if (!out.empty()) out += ' ';
    out +=
        origin.source->path() + "[" + std::to_string(origin.bytes.begin) + "," + std::to_string(origin.bytes.end) + ")";
  }
  return out;
}

TEST(MappedText, WholeFileIsItselfWithoutTheByteOrderMark) {
  const SourceText file("a",
                        "\xef\xbb\xbf"
                        "FROM x");
  const MappedText text = MappedText::whole(file);
  EXPECT_EQ(text.text(), "FROM x");
  EXPECT_EQ(places(text, 5, 6), "a[8,9)");
}

TEST(MappedText, SlicesOfSlicesKeepTheirBytes) {
  const SourceText file("a", "image: 'it''s:1'");
  MappedText text;
  text.append_verbatim(file, {8, 10}, Style::single_quoted);
  text.append_decoded("'", file, {10, 12}, Style::single_quoted);
  text.append_verbatim(file, {12, 15}, Style::single_quoted);
  EXPECT_EQ(text.text(), "it's:1");
  EXPECT_EQ(places(text, 0, 6), "a[8,15)");
  const MappedText tail = text.slice(2).slice(1, 3);
  EXPECT_EQ(tail.text(), "s:");
  EXPECT_EQ(places(tail, 0, 2), "a[12,14)");
  EXPECT_EQ(places(tail, 1, 1), "a[13,13)");
}

TEST(MappedText, PiecesOfOtherFilesStayThere) {
  const SourceText compose("compose.yaml", "nginx:${TAG}");
  const SourceText environment(".env", "TAG=1.25");
  MappedText value = MappedText::verbatim(environment, {4, 8});
  value.set_shared();
  MappedText text = MappedText::verbatim(compose, {0, 6});
  text.append(value);
  EXPECT_EQ(text.text(), "nginx:1.25");
  EXPECT_EQ(places(text, 0, 10), "compose.yaml[0,6) .env[4,8)");
  EXPECT_TRUE(text.ranges(6, 10).front().shared);
}

TEST(MappedText, HalfAnEscapeIsNotEditable) {
  const SourceText file("a", "\\u00e9x");
  MappedText text;
  text.append_decoded("\xc3\xa9", file, {0, 6}, Style::double_quoted);
  text.append_verbatim(file, {6, 7}, Style::double_quoted);
  EXPECT_TRUE(text.splits_escape(1, 3));
  EXPECT_FALSE(text.splits_escape(0, 2));
  EXPECT_FALSE(text.splits_escape(2, 3));
  EXPECT_EQ(places(text, 1, 2), "a[0,6)");
}

TEST(MappedText, DecodingTwiceTakesTheWholeOfTheFirst) {
  const SourceText file("a", "ab\\\n    cd");
  MappedText first = MappedText::verbatim(file, {0, 2});
  first.append_verbatim(file, {8, 10}, Style::plain);
  MappedText second;
  second.append_decoded("X", first.slice(1, 3));
  EXPECT_EQ(second.text(), "X");
  EXPECT_EQ(places(second, 0, 1), "a[1,9)");
}

TEST(MappedText, AnEmptyTextKnowsItsPlace) {
  const SourceText file("a", "digest: \"\"");
  const MappedText text = MappedText::verbatim(file, {9, 9}, Style::double_quoted);
  ASSERT_TRUE(text.origin_at(0));
  EXPECT_EQ(text.origin_at(0)->bytes, (Span{9, 9}));
  EXPECT_FALSE(MappedText::synthesised("x").origin_at(0));
}

Found found(MappedText text) {
  Found made;
  made.written = text;
  made.value = std::move(text);
  made.format = "test";
  return made;
}

TEST(Found, PartsGetSlots) {
  const SourceText file("a", "x: quay.io/a/b:1\n");
  image::Collected out;
  add_found(found(MappedText::verbatim(file, {3, 16})), out);
  ASSERT_EQ(out.occurrences.size(), 1U);
  const auto& occurrence = out.occurrences[0];
  EXPECT_EQ(occurrence.reference->canonical(), "quay.io/a/b:1");
  EXPECT_EQ(occurrence.position, (Position{1, 4}));
  ASSERT_EQ(occurrence.slots.size(), 2U);
  EXPECT_EQ(occurrence.slots[0].text, "quay.io/a/b");
  EXPECT_EQ(occurrence.slots[1].text, "1");
  EXPECT_EQ(occurrence.slots[1].ranges, (std::vector<Span>{{15, 16}}));
  EXPECT_EQ(occurrence.not_editable, "");
}

TEST(Found, ASplitReferenceHasARegistrySlot) {
  const SourceText file("a", "quay.io a/b 1.0");
  MappedText text = MappedText::verbatim(file, {0, 7});
  text.append_synthesised("/");
  text.append_verbatim(file, {8, 11}, Style::plain);
  text.append_synthesised(":");
  text.append_verbatim(file, {12, 15}, Style::plain);
  image::Collected out;
  add_found(found(text), out);
  ASSERT_EQ(out.occurrences.size(), 1U);
  ASSERT_EQ(out.occurrences[0].slots.size(), 3U);
  EXPECT_EQ(out.occurrences[0].slots[0].part, image::Part::registry);
  EXPECT_EQ(out.occurrences[0].slots[1].text, "a/b");
  EXPECT_EQ(out.occurrences[0].slots[2].ranges, (std::vector<Span>{{12, 15}}));
}

TEST(Found, ATagFromTwoFilesIsNotEditable) {
  const SourceText one("a", "nginx:1.");
  const SourceText two("b", "25");
  MappedText text = MappedText::whole(one);
  text.append(MappedText::whole(two));
  image::Collected out;
  add_found(found(text), out);
  ASSERT_EQ(out.occurrences.size(), 1U);
  EXPECT_EQ(out.occurrences[0].not_editable, "the tag is put together from a and b");
  EXPECT_EQ(out.occurrences[0].reference->canonical(), "docker.io/library/nginx:1.25");
}

TEST(Found, VariablesWithoutValueAreUnresolved) {
  for (const auto& [text, reason] : std::vector<std::pair<std::string, std::string>>{
           {"nginx:${TAG}", "the tree gives no value for ${TAG}"},
           {"$REG/nginx:$TAG", "the tree gives no value for $REG, $TAG"},
           {"golang:$(params.version)", "the tree gives no value for $(params.version)"},
           {"x:{{ .Values.tag }}", "the tree gives no value for {{ .Values.tag }}"},
           {"x:${A:-${B}}", "the tree gives no value for ${A:-${B}}"},
           {"x:${{ env.TAG }}", "the tree gives no value for ${{ env.TAG }}"},
           {"cimg/go:<< parameters.v >>", "the tree gives no value for << parameters.v >>"}}) {
    const SourceText file("a", text);
    image::Collected out;
    add_found(found(MappedText::whole(file)), out);
    ASSERT_EQ(out.occurrences.size(), 1U) << text;
    EXPECT_EQ(out.occurrences[0].status, image::Status::unresolved);
    EXPECT_EQ(out.occurrences[0].reason, reason);
    EXPECT_TRUE(out.occurrences[0].slots.empty());
  }
}

TEST(Found, WhatIsNoImageIsANote) {
  const SourceText file("a", "alpine:invalid!");
  image::Collected out;
  add_found(found(MappedText::whole(file)), out);
  EXPECT_TRUE(out.occurrences.empty());
  ASSERT_EQ(out.problems.size(), 1U);
  EXPECT_EQ(out.problems[0].check, "invalid-reference");
  EXPECT_EQ(out.problems[0].severity, image::Problem::Severity::note);
}

TEST(Found, GuessesMustLookLikeImages) {
  for (const char* good : {"nginx:1.25", "quay.io/a/b", "localhost:5000/a",
                           "a@sha256:"
                           "4771d09578c7c6a65299e110b3ee1c0a2592f5ea2618d23e4ffe7a4cab1ce5de"}) {
    EXPECT_TRUE(looks_like_image(good)) << good;
  }
  for (const char* bad : {"nginx", "linux/amd64", "image/png", "localhost:5000", "registry.example.com:5000",
                          "https://a.b/c:1", "IMAGE_TAG", "<YOUR-CONTAINER>", "^v.*$", "", "null", "{}"}) {
    EXPECT_FALSE(looks_like_image(bad)) << bad;
  }
  EXPECT_FALSE(looks_like_image("postgres:5432", true));
  EXPECT_FALSE(looks_like_image("ghcr.io/a/b", true));
  EXPECT_TRUE(looks_like_image("ghcr.io/a/b:1", true));
}

}  // namespace
}  // namespace lock::collect
