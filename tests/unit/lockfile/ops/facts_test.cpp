#include "lockfile/ops/facts.hpp"

#include <gtest/gtest.h>

#include "tests/support/golden.hpp"
#include "tests/support/memory_registry.hpp"

namespace lock::ops {
namespace {

class IndexWithoutPlatforms : public ::testing::Test {
 protected:
  // The media type and the rows of the lock, or the error.
  std::string facts_of(const image::Digest& digest) {
    const std::vector<FactQuestion> questions{
        {image::Reference::parse("acme/app").value().by_digest(digest), std::nullopt, {}}};
    registry.asked.clear();
    const auto facts = fetch_facts(questions, registry);
    const Result<Facts>& found = facts.at(digest);
    if (!found) return test::show(found.error());
    std::string text = found->media_type + "\n";
    for (const auto& row : found->platforms) text += row.text() + "\n";
    return text;
  }
  [[nodiscard]] static std::string index(std::string_view rows) {
    return std::string(image::media_type::oci_index) + "\n" + std::string(rows);
  }

  test::MemoryRegistry registry;
  image::Digest amd = registry.add_image("acme/amd:1", "linux/amd64");
  image::Digest arm = registry.add_image("acme/arm:1", "linux/arm64/v8");
  image::Digest chart = registry.add_artifact("acme/chart:1");
};

TEST_F(IndexWithoutPlatforms, TheConfigOfEachChildSaysItsPlatform) {
  EXPECT_EQ(facts_of(registry.add_bare_index("acme/app:1", {arm, amd, arm})),
            index("linux/amd64 " + amd.text() + "\nlinux/arm64/v8 " + arm.text() + "\n"));
  EXPECT_EQ(registry.asked.size(), 5U) << "the index, and each child and its config once";
}

TEST_F(IndexWithoutPlatforms, AnArtifactIsNoPlatform) {
  EXPECT_EQ(facts_of(registry.add_bare_index("acme/app:1", {amd, chart})), index("linux/amd64 " + amd.text() + "\n"));
}

TEST_F(IndexWithoutPlatforms, AChildThatIsGoneIsNotLeftOut) {
  const image::Digest whole = registry.add_bare_index("acme/app:1", {amd, arm});
  registry.remove_manifest(arm);
  EXPECT_EQ(facts_of(whole), "malformed: the image " + arm.short_text() +
                                 " of the index: the registry has no docker.io/acme/app@" + arm.text() + "\n");
}

TEST_F(IndexWithoutPlatforms, AnIndexInAnIndexIsRefused) {
  const image::Digest inner = registry.add_bare_index("acme/inner:1", {amd});
  EXPECT_EQ(facts_of(registry.add_bare_index("acme/app:1", {arm, inner})),
            "unsupported: the index holds another index that names no platform\n");
  EXPECT_EQ(registry.asked.size(), 1U);
}

TEST_F(IndexWithoutPlatforms, TheirNumberIsBounded) {
  std::vector<image::Digest> many;
  for (int i = 0; i < 101; ++i) many.push_back(registry.add_image("acme/one:1", "linux/amd64", std::to_string(i)));
  EXPECT_EQ(facts_of(registry.add_bare_index("acme/app:1", many)),
            "limit: the index has 101 images that name no platform, more than the 100 that are read\n");
  EXPECT_EQ(registry.asked.size(), 1U);
}

}  // namespace
}  // namespace lock::ops
