// How many requests are in flight decides about time only: one, and 64 (on the 8 connections that a host may have
// without HTTP/2), write the same bytes.
#include <gtest/gtest.h>

#include "resolver/registry/client.hpp"
#include "tests/support/registry/scripted_registry.hpp"
#include "tests/support/tree_world.hpp"

namespace lock::ops {
namespace {

TEST(UpdateInFlight, OneAndSixtyFourWriteTheSameBytes) {
  test::ScriptedRegistry server{{}};
  std::vector<std::string> references;
  server.change([&](test::Content& content) {
    for (int i = 0; i < 100; ++i) {
      const std::string name = "acme/app-" + std::to_string(i);
      content.add_image(name, {.platforms = {"linux/arm64", "linux/amd64"}, .salt = std::to_string(i), .tag = "1"});
      references.push_back(server.host() + "/" + name + ":1");
    }
  });
  std::string first;
  for (const int in_flight : {1, 64}) {
    test::TreeWorld world;
    int line = 0;
    for (const std::string& reference : references) world.add("Dockerfile:" + std::to_string(++line), reference);
    registry::RegistryConfiguration configuration;
    configuration.registries[server.host()].connections = in_flight;
    configuration.now = [] { return std::int64_t{1'764'000'000}; };
    registry::Client client(configuration);
    const auto result = update(world.workspace, world.scan, {}, client, world.verifier);
    ASSERT_TRUE(result) << base::describe(result.error());
    EXPECT_EQ(result->counts.written, 1U) << test::show(*result);
    EXPECT_EQ(client.statistics().connections, in_flight == 1 ? 1U : 8U);
    if (first.empty()) first = world.lock();
    EXPECT_EQ(world.lock(), first);
  }
}

}  // namespace
}  // namespace lock::ops
