#include "lockfile/ops/look_alike.hpp"

#include <gtest/gtest.h>

#include "tests/support/tree_world.hpp"

namespace lock::ops {
namespace {

struct Row {
  std::string registry;
  std::string meant;  // empty: nothing is said
};

TEST(LookAlike, OneSlipFromAKnownRegistry) {
  const std::vector<std::string> configured{"registry.example.com", "acr.io", "registry-1.corp:5000"};
  const std::vector<Row> rows{
      {"ghrc.io", "ghcr.io"},  // exchanged
      {"gchr.io", "gcr.io"},
      {"ghcrr.io", "ghcr.io"},  // added
      {"quy.io", "quay.io"},    // left out
      {"quai.io", "quay.io"},   // changed
      {"docker.oi", "docker.io"},
      {"docker.io.", "docker.io"},
      {"registry.k8s.oi", "registry.k8s.io"},
      {"mcr.microsft.com", "mcr.microsoft.com"},
      {"registry.exmaple.com", "registry.example.com"},  // of images.toml
      {"ghcr.io", ""},
      {"gcr.io", ""},  // though ghcr.io is one letter away
      {"acr.io", ""},  // said to be meant
      {"eu.gcr.io", ""},
      {"team.azurecr.io", ""},
      {"registry-2.corp:5000", ""},  // another number is another registry
      {"registry-1.corp:5001", ""},
      {"localhost:5000", ""},
      {"127.0.0.1:5000", ""},
      {"[::1]:5000", ""},
      {"registry.example.org", ""},
      {"a", ""},
      {"", ""},
  };
  for (const Row& row : rows) EXPECT_EQ(look_alike(row.registry, configured).value_or(""), row.meant) << row.registry;
}

TEST(LookAlike, IsSaidOnceForEachRegistryAndScope) {
  test::TreeWorld world;
  world.add("Dockerfile:1", "ghrc.io/acme/web:1");
  world.add("Dockerfile:2", "ghrc.io/acme/api:1");
  world.add("Dockerfile:3", "ghcr.io/acme/api:1");
  std::vector<image::Finding> findings;
  report_look_alikes(world.workspace, world.scan.scopes, findings);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].check, "registry-look-alike");
  EXPECT_EQ(findings[0].severity, image::Severity::warning);
  EXPECT_EQ(findings[0].message, "the registry ghrc.io is almost ghcr.io");
  EXPECT_EQ(findings[0].hint, "correct the name; if it is meant, say so with [registry.\"ghrc.io\"] in images.toml");

  EXPECT_EQ(findings[0].place.file, "Dockerfile");
  world.workspace.registries["ghrc.io"] = {};
  findings.clear();
  report_look_alikes(world.workspace, world.scan.scopes, findings);
  EXPECT_TRUE(findings.empty());
}

}  // namespace
}  // namespace lock::ops
