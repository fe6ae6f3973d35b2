// `lock update --rendered`: what only rendering shows, into the lock and out of it again.
#include <gtest/gtest.h>

#include "lockfile/document/read.hpp"
#include "lockfile/ops/rendered.hpp"
#include "lockfile/ops/update.hpp"
#include "lockfile/ops/why.hpp"
#include "tests/support/tree_world.hpp"

namespace lock::ops {
namespace {

using test::show;
using test::TreeWorld;

std::string pods(const std::vector<std::string>& images) {
  std::string text;
  for (const std::string& image : images) {
    text +=
        "---\napiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: app\n      image: " +
        image + "\n";
  }
  return text;
}

class UpdateRendered : public ::testing::Test {
 protected:
  UpdateRendered() { world.add("Dockerfile:1", "nginx:1"); }

  std::string render(const std::vector<std::string>& images, UpdateOptions options = {}) {
    options.rendered = {{"out.yaml", pods(images)}};
    return show(world.update(options));
  }
  // What the lock holds: each key, with "~" behind those of a rendering.
  std::string held() {
    std::string out;
    const auto reading = document::read(world.lock(), "images.lock");
    EXPECT_TRUE(reading.findings.empty()) << show(reading.findings);
    for (const document::Entry& entry : reading.document.entries()) {
      out += entry.reference.familiar() + (entry.origin == document::Origin::rendered ? "~ " : " ");
    }
    return out;
  }
  std::string check(const std::vector<RenderedText>& rendered = {}) {
    auto result = check_update(world.workspace, world.scan, rendered);
    return result ? show(*result) : show(result.error());
  }
  std::string verify() {
    auto result = verify_tree(world.workspace, world.scan);
    return result ? show(*result) : show(result.error());
  }

  TreeWorld world;
  image::Digest nginx = world.registry.add_index("nginx:1", {"linux/amd64", "linux/arm64"});
  image::Digest side = world.registry.add_index("quay.io/acme/side:2", {"linux/amd64"}, "side");
  image::Digest other = world.registry.add_index("quay.io/acme/other:3", {"linux/amd64"}, "other");
};

TEST_F(UpdateRendered, WhatOnlyRenderingShowsComesStaysAndLeaves) {
  EXPECT_EQ(render({"nginx:1", "quay.io/acme/side:2", "quay.io/acme/other:3"}),
            "images.lock: added docker.io/library/nginx:1 - -> " + nginx.text().substr(7, 6) +
                " (named in Dockerfile:1)\n"
                "images.lock: added quay.io/acme/other:3 - -> " +
                other.text().substr(7, 6) +
                " (rendered in out.yaml:24)\n"
                "images.lock: added quay.io/acme/side:2 - -> " +
                side.text().substr(7, 6) + " (rendered in out.yaml:16)\n");
  EXPECT_EQ(held(), "nginx:1 quay.io/acme/other:3~ quay.io/acme/side:2~ ");
  world.registry.asked.clear();
  const UpdateResult again = world.update();
  EXPECT_EQ(show(again), "");
  EXPECT_EQ(again.counts.rendered, 2U);
  EXPECT_EQ(check(), "");
  EXPECT_EQ(verify(), "");
  EXPECT_EQ(render({"nginx:1", "quay.io/acme/side:2"}), "images.lock: removed quay.io/acme/other:3 " +
                                                            other.text().substr(7, 6) +
                                                            " -> - (no rendering shows it any more)\n");
  EXPECT_EQ(held(), "nginx:1 quay.io/acme/side:2~ ");
  EXPECT_TRUE(world.registry.asked.empty());
}

TEST_F(UpdateRendered, AnImageThatAFileNamesIsTheTrees) {
  render({"quay.io/acme/side:2"});
  world.add("Dockerfile:2", "quay.io/acme/side:2");
  world.registry.asked.clear();
  EXPECT_EQ(verify(), "");
  const std::string digest = side.text().substr(7, 6);
  const std::string named =
      "images.lock: origin quay.io/acme/side:2 " + digest + " -> " + digest + " (named in Dockerfile:2)\n";
  EXPECT_EQ(check(), named);
  EXPECT_EQ(show(world.update()), named);
  EXPECT_EQ(held(), "nginx:1 quay.io/acme/side:2 ");
  world.scan.scopes[0].occurrences.pop_back();
  EXPECT_EQ(render({"quay.io/acme/side:2"}),
            "images.lock: origin quay.io/acme/side:2 " + digest + " -> " + digest + " (only rendering shows it)\n");
  EXPECT_EQ(held(), "nginx:1 quay.io/acme/side:2~ ");
  EXPECT_TRUE(world.registry.asked.empty());
}

TEST_F(UpdateRendered, DigestsThatTheLockHoldsBringNothingNew) {
  world.update();
  EXPECT_EQ(render({"nginx:1@" + nginx.text(), "nginx@" + nginx.text()}), "");
  EXPECT_EQ(held(), "nginx:1 ");
  EXPECT_EQ(render({"quay.io/acme/side:2@" + side.text()}),
            "images.lock: added quay.io/acme/side:2 - -> " + side.text().substr(7, 6) + " (rendered in out.yaml:8)\n");
  EXPECT_EQ(check({{"out.yaml", pods({"quay.io/acme/side:2@" + side.text()})}}), "");
  EXPECT_EQ(show(world.update()), "");
}

TEST_F(UpdateRendered, NamesBelowAMirrorStandForTheRegistry) {
  world.settle("[registry.\"quay.io\"]\nmirrors = [{ host = \"mirror.example.com/quay\" }]\n");
  render({"mirror.example.com/quay/acme/side:2"});
  EXPECT_EQ(held(), "nginx:1 quay.io/acme/side:2~ ");
}

TEST_F(UpdateRendered, UpgradeAndNamesReachThem) {
  render({"quay.io/acme/side:2"});
  const image::Digest moved = world.registry.add_index("quay.io/acme/side:2", {"linux/amd64"}, "moved");
  UpdateOptions named;
  named.images = {"quay.io/acme/side:2"};
  EXPECT_EQ(show(world.update(named)), "images.lock: digest quay.io/acme/side:2 " + side.text().substr(7, 6) + " -> " +
                                           moved.text().substr(7, 6) + " (the tag moved)\n");
  EXPECT_EQ(held(), "nginx:1 quay.io/acme/side:2~ ");
}

TEST_F(UpdateRendered, ManifestsThatAreNoneChangeNothing) {
  render({"quay.io/acme/side:2"});
  const std::string before = world.lock();
  for (const std::string& text : {std::string(" \n"), std::string("Pulled: registry.example.com/chart\n")}) {
    UpdateOptions options;
    options.rendered = {{"out.yaml", text}};
    const auto result = update(world.workspace, world.scan, options, world.registry, world.verifier);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().kind, ErrorKind::usage);
  }
  UpdateOptions broken;
  broken.rendered = {{"out.yaml", "Error: this: is no YAML\n"}};
  const UpdateResult result = world.update(broken);
  EXPECT_EQ(result.undetermined.size(), 1U);
  EXPECT_TRUE(result.changes.empty()) << show(result);
  EXPECT_EQ(world.lock(), before);
}

TEST_F(UpdateRendered, AVariableThatIsLeftIsAnError) {
  const std::string shown = render({"quay.io/acme/${NAME}:2"});
  EXPECT_NE(shown.find("error[unpinned-image]: 'quay.io/acme/${NAME}:2' still holds a variable"), shown.npos) << shown;
}

TEST_F(UpdateRendered, ANestedScopeThatNamesTheImageHasIt) {
  world.add_scope("team", "");
  world.add("team/Dockerfile:1", "quay.io/acme/side:2");
  render({"quay.io/acme/side:2"});
  EXPECT_EQ(held(), "nginx:1 ");
}

TEST_F(UpdateRendered, WhySaysSo) {
  render({"quay.io/acme/side:2"});
  for (const std::string& asked : {std::string("quay.io/acme/side"), side.text()}) {
    const auto found = why(world.workspace, world.scan, asked);
    ASSERT_TRUE(found) << show(found.error());
    EXPECT_TRUE(found->occurrences.empty());
    ASSERT_EQ(found->rendered.size(), 1U);
    EXPECT_EQ(found->rendered.front().lock_file, "images.lock");
  }
}

// A pin of the tree beside an entry of a rendering: what an update makes of both is what every other deed sees.
TEST_F(UpdateRendered, PinsBesideItFitEverywhere) {
  const image::Digest old = world.registry.add_index("quay.io/acme/side:2", {"linux/amd64"}, "old");
  render({"quay.io/acme/side:2"});
  world.registry.add_index("quay.io/acme/side:2", {"linux/amd64"}, "side");
  world.add("Dockerfile:2", "quay.io/acme/side:2@" + side.text());
  world.update();
  EXPECT_EQ(held(), "nginx:1 quay.io/acme/side:2~ quay.io/acme/side:2@" + side.text() + " ");
  EXPECT_EQ(check(), "");
  EXPECT_EQ(verify().find("error"), std::string::npos) << verify();
  EXPECT_NE(verify().find("pins-differ"), std::string::npos);
}

}  // namespace
}  // namespace lock::ops
