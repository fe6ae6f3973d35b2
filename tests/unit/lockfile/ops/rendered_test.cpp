#include "lockfile/ops/rendered.hpp"

#include <gtest/gtest.h>

#include "tests/support/tree_world.hpp"

namespace lock::ops {
namespace {

using test::show;
using test::TreeWorld;

class RenderedWorld : public ::testing::Test {
 protected:
  RenderedWorld() {
    world.add("deploy.yaml:1", "nginx:1");
    world.add("deploy.yaml:2", "quay.io/acme/tool@" + tool.text());
    world.update();
    world.registry.asked.clear();
  }
  static std::string pod(const std::string& image) {
    return "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: app\n      image: " +
           image + "\n";
  }
  Verification verify(const std::string& text) {
    auto result = verify_rendered(world.workspace, {{"out.yaml", text}});
    EXPECT_TRUE(result) << show(result.error());
    EXPECT_TRUE(world.registry.asked.empty());
    return result ? std::move(*result) : Verification();
  }
  std::string of(const std::string& image) { return show(verify(pod(image))); }

  TreeWorld world;
  image::Digest nginx = world.registry.add_index("nginx:1", {"linux/amd64", "linux/arm64"});
  image::Digest tool = world.registry.add_index("quay.io/acme/tool:9", {"linux/amd64"}, "tool");
  std::string other = image::Digest::sha256_of("other").text();
};

TEST_F(RenderedWorld, TheLockedDigestPassesWithAndWithoutTagAndByItsMirror) {
  world.settle("[registry.\"docker.io\"]\nmirrors = [{ host = \"mirror.example.com/hub\" }]\n");
  EXPECT_EQ(of("nginx:1@" + nginx.text()), "");
  EXPECT_EQ(of("nginx@" + nginx.text()), "");
  EXPECT_EQ(of("docker.io/library/nginx:1@" + nginx.text()), "");
  EXPECT_EQ(of("quay.io/acme/tool@" + tool.text()), "");
  EXPECT_EQ(of("mirror.example.com/hub/library/nginx:1@" + nginx.text()), "");
  EXPECT_NE(of("mirror.example.com/other/library/nginx:1@" + nginx.text()), "");
  EXPECT_EQ(verify(pod("nginx@" + nginx.text())).checked.objects, 1U);
}

TEST_F(RenderedWorld, AnUnpinnedImageNamesItsPlaceAndTheLockedDigest) {
  EXPECT_EQ(of("nginx:1"),
            "out.yaml:7:14: error[unpinned-image]: nginx:1 carries no digest\n"
            "  reference: docker.io/library/nginx:1\n  expected: " +
                nginx.text() +
                "\n  object: Pod web container app\n"
                "  hint: write the locked digest behind the tag in the source that it is rendered from\n");
}

TEST_F(RenderedWorld, AnUnknownImageAndAnotherDigestAreErrors) {
  EXPECT_EQ(of("acme/unknown:1@" + other),
            "out.yaml:7:14: error[image-not-locked]: acme/unknown:1@" + other +
                " is not in the lock\n"
                "  reference: docker.io/acme/unknown:1@" +
                other + "\n  digest: " + other + "\n  actual: " + other +
                "\n  object: Pod web container app\n"
                "  hint: name it in the tree and run `lock update`, or run `lock update --rendered`\n");
  EXPECT_EQ(of("nginx:1@" + other), "out.yaml:7:14: error[digest-differs]: nginx:1@" + other +
                                        " carries another digest than the lock\n"
                                        "  reference: docker.io/library/nginx:1@" +
                                        other + "\n  digest: " + other + "\n  expected: " + nginx.text() +
                                        "\n  actual: " + other +
                                        "\n  object: Pod web container app\n"
                                        "  hint: render it anew with the locked digest\n");
  EXPECT_TRUE(of("nginx:2@" + nginx.text()).starts_with("out.yaml:7:14: error[image-not-locked]")) << "another tag";
}

TEST_F(RenderedWorld, APlatformsDigestCountsWithANote) {
  const std::string arm = world.registry.platform_digest(nginx, "linux/arm64").text();
  EXPECT_EQ(
      of("nginx:1@" + arm),
      "out.yaml:7:14: note[platform-digest]: docker.io/library/nginx is deployed by the digest of linux/arm64 alone\n"
      "  reference: docker.io/library/nginx:1@" +
          arm + "\n  expected: " + nginx.text() + "\n  actual: " + arm + "\n  object: Pod web container app\n");
}

TEST_F(RenderedWorld, NothingIsIgnoredAndNothingMayStayUnresolved) {
  world.settle("[[ignore]]\nimages = [\"**\"]\nreason = \"r\"\n[[first-party]]\nimages = [\"**\"]\n");
  EXPECT_TRUE(of("nginx:1  # lock:ignore whatever").starts_with("out.yaml:7:14: error[unpinned-image]"));
  EXPECT_TRUE(of("nginx:1  # lock:ignore").starts_with("out.yaml:7:14: error[unpinned-image]"));
  const std::string variable = of("\"$(REGISTRY)/web:1\"");
  EXPECT_NE(variable.find("error[unpinned-image]"), std::string::npos) << variable;
}

TEST_F(RenderedWorld, TextThatCannotBeReadIsUndeterminedAndNoTextIsAUsageError) {
  const Verification broken = verify(pod("nginx@" + nginx.text()) + "---\n\"unclosed\n");
  EXPECT_FALSE(broken.undetermined.empty()) << show(broken);
  const auto nothing = verify_rendered(world.workspace, {{"standard input", " \n"}});
  EXPECT_EQ(show(nothing.error()),
            "usage: nothing was rendered: there is no text to check\n"
            "  hint: see that the renderer before this one succeeded\n");
}

TEST_F(RenderedWorld, WithoutALockThereIsNothingToCheckAgainst) {
  std::filesystem::remove(world.folder.path() / "images.lock");
  const auto result = verify_rendered(world.workspace, {{"out.yaml", pod("nginx:1")}});
  EXPECT_EQ(result.error().kind, ErrorKind::configuration);
}

}  // namespace
}  // namespace lock::ops
