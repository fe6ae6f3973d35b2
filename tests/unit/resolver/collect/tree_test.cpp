#include "resolver/collect/tree.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace lock::collect {
namespace {

// Each scalar of the tree as `value@line:column=bytes behind it`.
void list(const Tree& tree, const SourceText& source, const Node& node, std::string& out) {
  if (node.is_scalar()) {
    const MappedText text = tree.decode(node);
    if (!out.empty()) out += " ";
    out += std::string(text.text()) + "=";
    for (const Origin& origin : text.ranges(0, text.size())) {
      out += "<" + std::string(source.bytes().substr(origin.bytes.begin, origin.bytes.size())) + ">";
    }
  }
  for (const Node* child : node.children) list(tree, source, *child, out);
}

std::string list(const std::string& bytes, bool json = false) {
  const SourceText source("a", bytes);
  const auto tree = json ? Tree::read_json(source) : Tree::read_yaml(source);
  std::string out;
  for (const Node* document : tree->documents()) list(*tree, source, *document, out);
  if (tree->failure()) out += " !" + tree->failure()->message + "@" + std::to_string(tree->failure()->span.begin);
  for (const auto& warning : tree->warnings()) out += " ?" + warning.message;
  return out;
}

TEST(Tree, ScalarsOfEveryStyleKnowTheirBytes) {
  EXPECT_EQ(list("a: b c"), "a=<a> b c=<b c>");
  EXPECT_EQ(list("b\nc"), "b c=<b\nc>");
  EXPECT_EQ(list("a: b\n  c\n\n  d"), "a=<a> b c\nd=<b\n  c\n\n  d>");
  EXPECT_EQ(list("'a': 'it''s\n  b'"), "a=<a> it's b=<it''s\n  b>");
  EXPECT_EQ(list("a: \"x\\u00e9\\x41\\\n  y\\tz\""),
            "a=<a> x\xc3\xa9"
            "Ay\tz=<x\\u00e9\\x41><y\\tz>");
  EXPECT_EQ(list("a: |\n  x\n  y\n"), "a=<a> x\ny\n=<x\n><y\n>");
  EXPECT_EQ(list("a: >-\n  x\n  y\n\n  z\n\n"), "a=<a> x y\nz=<x\n  y><\n><z>");
  EXPECT_EQ(list("a: |2-\n    x\n   y\n"), "a=<a>   x\n y=<  x\n>< y>");
  EXPECT_EQ(list("a: |+\n  x\n\n\nb: c"), "a=<a> x\n\n\n=<x\n\n\n> b=<b> c=<c>");
  EXPECT_EQ(list("a: \"\"\nb:\nc: ''"), "a=<a> =<> b=<b> =<> c=<c> =<>");
}

TEST(Tree, TagsAndAnchorsAreNotTheScalar) {
  EXPECT_EQ(list("a: !Ref x\nb: &n 'y'\nc: !!str &m  z\nd: &q\n  k: v"),
            "a=<a> x=<x> b=<b> y=<y> c=<c> z=<z> d=<d> k=<k> v=<v>");
}

TEST(Tree, BytesAreRightBehindWideCharactersAndMarks) {
  EXPECT_EQ(list("a: \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 # \xe2\x82\xac\nb: x"),
            "a=<a> \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80=<\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80> b=<b> x=<x>");
  EXPECT_EQ(list("\xef\xbb\xbf"
                 "a: b\r\nc: d\r\n"),
            "a=<a> b=<b> c=<c> d=<d>");
  EXPECT_EQ(list("\xef\xbb\xbf# \xc3\xa9\r\na: |\r\n  b\r\n  c\r\nd: e\r\n"),
            "a=<a> b\nc\n=<b\r\n><c\r\n> d=<d> e=<e>");
  std::string many = "# ";
  for (int i = 0; i < 100; ++i) many += "\xc3\xa9x";
  EXPECT_EQ(list(many + "\na: b"), "a=<a> b=<b>");
}

TEST(Tree, WhatIsNoTextIsRefused) {
  EXPECT_EQ(list(std::string("a: b\nc: \0d", 10)), " !there is a NUL byte, expected text@8");
  EXPECT_EQ(list("a: b\nc: \xff"), " !the text is not UTF-8 here@8");
  EXPECT_EQ(list(std::string("\xff\xfe"
                             "a\0",
                             4)),
            " !the text is UTF-16 or UTF-32, expected UTF-8@0");
  EXPECT_EQ(list(std::string("a\0:\0", 4)), " !the text is UTF-16 or UTF-32, expected UTF-8@0");
}

TEST(Tree, ABrokenFileKeepsWhatCameBefore) {
  EXPECT_EQ(list("a: b\n---\nc: d\ne: [f\n"),
            "a=<a> b=<b> c=<c> d=<d> e=<e> f=<f> !not YAML: did not find expected ',' or ']' while parsing a flow "
            "sequence@20");
  EXPECT_EQ(list("a: 'x"), " !not YAML: found unexpected end of stream while scanning a quoted scalar@5");
  EXPECT_EQ(list("a: b\n\tc: d"),
            " !not YAML: found a tab character that violates indentation while scanning a plain scalar@5");
}

TEST(Tree, AliasesAndMergeKeys) {
  const SourceText source("a", "x: &x {i: 1, j: 2}\ny: &y {<<: *x, j: 3}\nz: {k: 4, <<: [*y, *x]}\nw: *z");
  const auto tree = Tree::read_yaml(source);
  const Node& root = *tree->documents()[0];
  const Node* z = tree->find(root, "z");
  EXPECT_EQ(tree->find_text(*z, "j"), "3");
  EXPECT_EQ(tree->find_text(*z, "i"), "1");
  EXPECT_EQ(tree->members(*z).size(), 3U);
  ASSERT_EQ(tree->warnings().size(), 1U);
  EXPECT_EQ(tree->warnings()[0].message, "the alias *z has no anchor before it");
}

TEST(Tree, LoopsAndDuplicatesAreReported) {
  EXPECT_EQ(list("a: &a [*a]"), "a=<a> ?the anchor &a contains itself");
  EXPECT_EQ(list("a: 1\na: 2"), "a=<a> 1=<1> a=<a> 2=<2> ?the key 'a' stands here twice; the last one counts");
  EXPECT_EQ(list("<<: {a: 1}\n<<: {b: 2}"), "<<=<<<> a=<a> 1=<1> <<=<<<> b=<b> 2=<2>");
}

TEST(Tree, NumbersAreNoStrings) {
  for (const auto& [text, is] : std::vector<std::pair<std::string, bool>>{{"1.10", false},
                                                                          {"5", false},
                                                                          {"1e3", false},
                                                                          {"true", false},
                                                                          {"null", false},
                                                                          {"~", false},
                                                                          {"''", true},
                                                                          {"'5'", true},
                                                                          {"1.10.2", true},
                                                                          {"nginx", true},
                                                                          {"!!str 5", true},
                                                                          {"0x1F", false},
                                                                          {"-", false}}) {
    const SourceText source("a", "k: " + text);
    const auto tree = Tree::read_yaml(source);
    if (tree->failure() || text == "-") continue;
    EXPECT_EQ(tree->find(*tree->documents()[0], "k")->is_string(), is) << text;
  }
}

TEST(Tree, TemplatesAreMaskedInPlace) {
  EXPECT_EQ(list("a: {{ .Values.x }}\n{{- if .y }}\nb: \"{{ .z | default \"q\" }}:1\"\n{{- end }}\n"),
            "a=<a> {{ .Values.x }}=<{{ .Values.x }}> b=<b> {{ .z | default \"q\" }}:1=<{{ .z | default \"q\" }}:1>");
  EXPECT_EQ(list("a: '{{ x }}'\nb: c"), "a=<a> {{ x }}=<{{ x }}> b=<b> c=<c>");
  EXPECT_EQ(list("{% for x in y %}\n- image: {{ x }}\n{% endfor %}\n"), "image=<image> {{ x }}=<{{ x }}>");
  EXPECT_EQ(list("a: ${{ x }}"), "a=<a> ${{ x }}=<${{ x }}>");
}

TEST(Tree, Json) {
  EXPECT_EQ(list(R"({"a": "b\u00e9\ud83d\ude00\/", /* c */ "d": [1, true, "e",]} // f)", true),
            "a=<a> b\xc3\xa9\xf0\x9f\x98\x80/=<b\\u00e9\\ud83d\\ude00\\/> d=<d> 1=<1> true=<true> e=<e>");
  EXPECT_EQ(list(R"({"a": "b", "c" 1})", true), "a=<a> b=<b> !not JSON: expected ':'@15");
  EXPECT_EQ(list(R"({"a": "\x41"})", true), " !not JSON: a string with an escape that JSON does not know@6");
  EXPECT_EQ(list(R"({"a": 1} x)", true), "a=<a> 1=<1> !not JSON: text after the end of the JSON value@9");
  EXPECT_EQ(list(R"(["a)", true), " !not JSON: a string that does not end@1");
}

TEST(Tree, HostileInputEndsSoon) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(list(std::string(100'000, '[')), " !nested deeper than 100@100");
  EXPECT_EQ(list(std::string(100'000, '['), true), " !not JSON: nested deeper than 100@101");
  std::string bomb = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 60; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + ", " + before + "]\n";
  }
  EXPECT_FALSE(list(bomb).empty());
  std::string merges = "a0: &a0 {x: 1}\n";
  for (int i = 1; i < 90; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    merges += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " {<<: [" + before + ", " + before + "]}\n";
  }
  const SourceText source("a", merges);
  const auto tree = Tree::read_yaml(source);
  EXPECT_EQ(tree->find(*tree->find(*tree->documents()[0], "a89"), "y"), nullptr);
  EXPECT_TRUE(tree->exhausted());
  std::string openings;
  for (int i = 0; i < 200'000; ++i) openings += "{#{%{{\"";
  EXPECT_FALSE(list(openings).empty());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

TEST(Tree, EmbeddedYamlMapsToTheFile) {
  const SourceText source("a", "x: |\n  - image: nginx:1\n  - {image: \"b\\u0061\"}\n");
  const auto outer = Tree::read_yaml(source);
  const MappedText text = outer->decode(*outer->find(*outer->documents()[0], "x"));
  const auto inner = Tree::read_embedded(text);
  std::string out;
  list(*inner, source, *inner->documents()[0], out);
  EXPECT_EQ(out, "image=<image> nginx:1=<nginx:1> image=<image> ba=<b\\u0061>");
}

}  // namespace
}  // namespace lock::collect
