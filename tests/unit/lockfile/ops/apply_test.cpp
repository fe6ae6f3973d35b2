#include "lockfile/ops/apply.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "lockfile/document/write.hpp"
#include "lockfile/ops/resource_list.hpp"
#include "resolver/collect/collector.hpp"
#include "tests/support/pin_world.hpp"

namespace lock::ops {
namespace {

namespace fs = std::filesystem;
using test::digest_of;
using test::PinWorld;
using test::show;

std::string pinned(std::string_view tag) {
  return "@" + digest_of(image::Reference::parse(tag).value().canonical()).text();
}

// A lock with these images.
struct ApplyWorld : test::TreeWorld {
  explicit ApplyWorld(std::initializer_list<std::string_view> images) {
    document::Document document;
    for (const std::string_view text : images) {
      const auto reference = image::Reference::parse(text).value();
      document.insert(
          {reference, reference.digest() ? *reference.digest() : digest_of(reference.canonical()), "a/b", {}});
    }
    folder.write("images.lock", document::write(document));
  }

  ApplyResult apply(std::string text, bool allow_unlocked = false) {
    auto result = ops::apply(workspace, {{"standard input", std::move(text)}}, {allow_unlocked});
    EXPECT_TRUE(result) << show(result.error());
    return result ? std::move(*result) : ApplyResult();
  }
};

constexpr std::string_view kPod =
    "# head\r\napiVersion: v1\r\nkind: Pod\r\nspec: {containers: [{image: 'nginx:1' }, {image: redis}]}";

TEST(Apply, WritesTheLockedDigestsAndKeepsEveryOtherByte) {
  ApplyWorld world{"nginx:1", "redis:latest"};
  const ApplyResult result = world.apply(std::string(kPod));
  EXPECT_EQ(show(result.findings), "");
  EXPECT_EQ(result.changed.size(), 2U);
  EXPECT_EQ(result.texts[0].bytes, "# head\r\napiVersion: v1\r\nkind: Pod\r\nspec: {containers: [{image: 'nginx:1" +
                                       pinned("nginx:1") + "' }, {image: redis:latest" + pinned("redis") + "}]}");
  EXPECT_EQ(world.apply(result.texts[0].bytes).texts[0].bytes, result.texts[0].bytes);
}

TEST(Apply, AnImageThatTheLockLacksIsAnErrorOrByRequestAWarning) {
  ApplyWorld world{"nginx:1"};
  EXPECT_EQ(
      show(world.apply(std::string(kPod)).findings),
      "standard input:4:122: error[unpinned-image]: redis:latest carries no digest, and the lock does not hold it\n"
      "  reference: docker.io/library/redis:latest\n  object: Pod\n"
      "  hint: name it in the tree and run `lock update`, or run `lock update --rendered`; then render it with its "
      "digest\n");
  const ApplyResult allowed = world.apply(std::string(kPod), true);
  EXPECT_EQ(
      show(allowed.findings),
      "standard input:4:122: warning[unpinned-image]: redis:latest carries no digest, and the lock does not hold it\n"
      "  reference: docker.io/library/redis:latest\n  object: Pod\n");
  EXPECT_NE(allowed.texts[0].bytes.find("nginx:1" + pinned("nginx:1")), Bytes::npos);
}

TEST(Apply, ADigestThatIsThereIsCheckedAlsoWhereUnlockedImagesPass) {
  ApplyWorld world{"nginx:1"};
  const std::string other = digest_of("other").text();
  const ApplyResult result =
      world.apply("apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: nginx:1@" + other + "\n", true);
  ASSERT_EQ(result.findings.size(), 1U);
  EXPECT_EQ(result.findings[0].check, "digest-differs");
  EXPECT_EQ(result.findings[0].severity, image::Severity::error);
}

TEST(Apply, TwoDigestsForATagAreNotChosenFrom) {
  ApplyWorld world{"nginx:1@" + digest_of("a").text(), "nginx:1@" + digest_of("b").text()};
  const ApplyResult result = world.apply("apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: nginx:1\n", true);
  EXPECT_EQ(
      show(result.findings),
      "standard input:5:12: error[unpinned-image]: nginx:1 carries no digest: the locks hold several digests for it\n"
      "  reference: docker.io/library/nginx:1\n  object: Pod\n"
      "  hint: run `lock apply` in the scope that deploys it, or write the digest\n");
}

TEST(Apply, WithoutALockOrWithoutATextThereIsNoAnswer) {
  ApplyWorld world{"nginx:1"};
  const auto nothing = ops::apply(world.workspace, {{"standard input", "\n"}}, {});
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().kind, ErrorKind::usage);
  fs::remove(world.folder.path() / "images.lock");
  const auto no_lock = ops::apply(world.workspace, {{"standard input", std::string(kPod)}}, {});
  ASSERT_FALSE(no_lock);
  EXPECT_EQ(no_lock.error().kind, ErrorKind::configuration);
}

std::string resource_list(std::string_view results) {
  return "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata:\n"
         "    name: a\n    annotations:\n      config.kubernetes.io/path: 'x/pod.yaml'\n      "
         "config.kubernetes.io/index: '2'\n"
         "  spec:\n    containers:\n    - image: nginx:1 # here\n    - image: redis\n" +
         std::string(results);
}

constexpr std::string_view kRef = R"("resourceRef":{"apiVersion":"v1","kind":"Pod","name":"a"})";

std::string results_of(std::string_view margin) {
  std::string text;
  const std::string where = R"("file":{"path":"x/pod.yaml","index":2},)" + std::string(kRef);
  text += R"(- {"message":"redis:latest carries no digest, and the lock does not hold it","severity":"error",)" +
          where + R"(,"field":{"path":"spec.containers[1].image"},"tags":{"check":"unpinned-image"}})" + "\n" +
          std::string(margin);
  text += R"(- {"message":"docker.io/library/nginx:1 is deployed by its locked digest","severity":"info",)" + where +
          R"(,"field":{"currentValue":"nginx:1","proposedValue":"nginx:1)" + pinned("nginx:1") +
          R"(","path":"spec.containers[0].image"}})" + "\n" + std::string(margin);
  return text;
}

Bytes with_results(const ApplyResult& result) {
  auto out = ops::with_results(result.texts[0], result.changed, result.findings, result.undetermined);
  EXPECT_TRUE(out) << show(out.error());
  return out ? *out : Bytes();
}

std::string with_digest(std::string text) {
  return text.replace(text.find("nginx:1 #"), 7, "nginx:1" + pinned("nginx:1"));
}

TEST(ResourceList, ResultsStandBeforeEverythingElse) {
  ApplyWorld world{"nginx:1"};
  const ApplyResult result = world.apply(resource_list(""));
  ASSERT_TRUE(is_resource_list(result.texts[0]));
  EXPECT_EQ(with_results(result), "results:\n" + results_of("") + with_digest(resource_list("")));
}

TEST(ResourceList, ResultsThatAreThereStay) {
  ApplyWorld world{"nginx:1"};
  const std::string items = with_digest(resource_list(""));
  EXPECT_EQ(with_results(world.apply(resource_list("results:\n  - message: old\n"))),
            items + "results:\n  " + results_of("  ") + "- message: old\n");
  const Bytes flow = with_results(world.apply(resource_list("results: [{message: old}]\n")));
  EXPECT_TRUE(flow.starts_with(items + "results: [{\"message\":\"redis"));
  EXPECT_TRUE(flow.ends_with(", {message: old}]\n"));
  EXPECT_TRUE(with_results(world.apply(resource_list("results: []\n"))).ends_with("}}]\n"));
  const ApplyResult odd = world.apply(resource_list("results: {name: x}\n"));
  EXPECT_EQ(show(ops::with_results(odd.texts[0], odd.changed, odd.findings, odd.undetermined).error()),
            "unsupported: the ResourceList has results that are no list\n");
}

TEST(ResourceList, AsJson) {
  ApplyWorld world{"nginx:1"};
  const std::string json =
      R"({"apiVersion":"config.kubernetes.io/v1","kind":"ResourceList","items":[{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"image":"nginx:1"}]}}]})";
  const Bytes out = with_results(world.apply(json));
  EXPECT_TRUE(out.starts_with(R"({"results": [{"message":"docker.io/library/nginx:1 is deployed)")) << out;
  EXPECT_TRUE(out.ends_with(R"("image":"nginx:1)" + pinned("nginx:1") + R"("}]}}]})")) << out;
}

// Every golden case of every collector that is a manifest, as if it had been rendered: what apply passes on is judged
// well by `verify --rendered`, and differs from what came in by digests alone.
std::string without_digests(std::string text) {
  constexpr std::string_view kKey = "digest: ";
  for (std::size_t at = text.find("sha256:"); at != text.npos; at = text.find("sha256:", at)) {
    text.erase(at, 71);
    // A key that was put in for it goes with it.
    const std::size_t end = at;
    if (at >= kKey.size() && text.compare(at - kKey.size(), kKey.size(), kKey) == 0) {
      at = text.find_last_not_of(", \r\n", at - kKey.size() - 1) + 1;
      text.erase(at, end - at);
    }
    if (at > 0 && text[at - 1] == '@') text.erase(--at, 1);
  }
  for (std::size_t at = text.find(":latest"); at != text.npos; at = text.find(":latest", at)) text.erase(at, 7);
  return text;
}

std::vector<std::string> all_files() {
  std::vector<std::string> files;
  const fs::path root = test::case_folder("collect", "");
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const std::string ending = entry.path().extension().string();
    if (!entry.is_regular_file() || (ending != ".yaml" && ending != ".yml" && ending != ".json")) continue;
    files.push_back(fs::relative(entry.path(), root).generic_string());
  }
  std::ranges::sort(files);
  return files;
}

TEST(Apply, WhatPassesHerePassesVerifyRendered) {
  std::size_t written = 0;
  for (const std::string& file : all_files()) {
    SCOPED_TRACE(file);
    const RenderedText text{fs::path(file).filename().string(), test::read_text(test::case_folder("collect", file))};
    const std::string name = rendered_source_name(text.name);
    const collect::Source source(name, text.bytes);
    const image::Collected found = collect::collect(source, collect::NoFiles());
    std::set<std::string> images;
    for (const image::Occurrence& occurrence : found.occurrences) {
      if (occurrence.reference) images.insert(occurrence.reference->canonical());
    }
    if (images.empty()) continue;
    ApplyWorld world{};
    document::Document document;
    for (const std::string& image : images) {
      const auto reference = image::Reference::parse(image).value();
      document.insert({reference, reference.digest() ? *reference.digest() : digest_of(image), "a/b", {}});
    }
    world.folder.write("images.lock", document::write(document));
    const auto result = ops::apply(world.workspace, {text}, {});
    ASSERT_TRUE(result) << show(result.error());
    written += result->changed.size();
    EXPECT_EQ(without_digests(result->texts[0].bytes), without_digests(text.bytes));
    std::set<std::string> cannot;  // images at places that cannot be edited
    for (const image::Occurrence& one : found.occurrences) {
      const bool wants_a_digest = one.kind == image::Kind::image && one.reference && !one.reference->digest();
      if (wants_a_digest && !one.not_editable.empty()) {
        cannot.insert(one.reference->canonical());
      }
    }
    // What a variable left unrendered no digest can mend; everything else carries one now, or is said.
    std::set<std::string> said;
    for (const image::Finding& finding : result->findings) {
      const bool is_template = finding.message.find("still holds a variable") != std::string::npos;
      if (finding.check == "duplicate-key") continue;  // and nor can it mend this
      if (cannot.contains(finding.reference)) said.insert(finding.reference);
      EXPECT_TRUE(is_template || finding.severity != image::Severity::error || cannot.contains(finding.reference))
          << show(finding);
    }
    EXPECT_EQ(said, cannot) << "images without a digest that nobody speaks of";
    const auto verified = verify_rendered(world.workspace, result->texts);
    ASSERT_TRUE(verified);
    EXPECT_EQ(verified->findings.size(), result->findings.size());
    const auto again = ops::apply(world.workspace, result->texts, {});
    ASSERT_TRUE(again);
    EXPECT_EQ(again->texts[0].bytes, result->texts[0].bytes);
  }
  EXPECT_GT(written, 80U);
}

}  // namespace
}  // namespace lock::ops
