// How many requests are in flight decides about time only: one, and 64, write the same bytes, on the 8 connections that
// a host may have over HTTP/1.1 and as streams of one over HTTP/2.
#include <gtest/gtest.h>

#include <fstream>

#include "resolver/registry/client.hpp"
#include "tests/support/registry/delay_proxy.hpp"
#include "tests/support/registry/peers.hpp"
#include "tests/support/registry/scripted_registry.hpp"
#include "tests/support/tree_world.hpp"

namespace lock::ops {
namespace {

constexpr int images = 100;

void fill(test::ScriptedRegistry& server) {
  server.change([&](test::Content& content) {
    for (int i = 0; i < images; ++i) {
      content.add_image("acme/app-" + std::to_string(i),
                        {.platforms = {"linux/arm64", "linux/amd64"}, .salt = std::to_string(i), .tag = "1"});
    }
  });
}

// The lock of a cold update of all images, and how many connections it took.
struct Written {
  std::string lock;
  std::size_t connections = 0;
};

Written written(const std::string& host, const registry::RegistrySettings& settings) {
  test::TreeWorld world;
  for (int i = 0; i < images; ++i) {
    world.add("Dockerfile:" + std::to_string(i + 1), host + "/acme/app-" + std::to_string(i) + ":1");
  }
  registry::RegistryConfiguration configuration;
  configuration.registries[host] = settings;
  configuration.system_certificate_folders.clear();
  configuration.now = [] { return std::int64_t{1'764'000'000}; };
  registry::Client client(configuration);
  const auto result = update(world.workspace, world.scan, {}, client, world.verifier);
  if (!result) {
    ADD_FAILURE() << base::describe(result.error());
    return {};
  }
  EXPECT_EQ(result->counts.written, 1U) << test::show(*result);
  return {world.lock(), client.statistics().connections};
}

TEST(UpdateInFlight, OneAndSixtyFourWriteTheSameBytes) {
  test::ScriptedRegistry server{{}};
  fill(server);
  registry::RegistrySettings settings;
  settings.connections = 1;
  const Written one = written(server.host(), settings);
  EXPECT_EQ(one.connections, 1U);
  settings.connections = 64;
  const Written many = written(server.host(), settings);
  EXPECT_EQ(many.connections, 8U);
  EXPECT_EQ(many.lock, one.lock);
}

TEST(UpdateInFlight, OneAndSixtyFourStreamsWriteTheSameBytes) {
  if (const auto reason = test::missing("nghttpx")) GTEST_SKIP() << *reason;
  test::Authority authority;
  test::ScratchFolder folder;
  std::ofstream(folder.path() / "ca.pem") << authority.certificate();
  test::ScriptedRegistry server{{}};
  fill(server);
  test::Http2Front front(server.port(), authority.issue_for_loopback());
  test::DelayProxy counted(front.port(), std::chrono::microseconds(0));
  const std::string host = "127.0.0.1:" + std::to_string(counted.port());
  server.announce("registry", host, "https");
  registry::RegistrySettings settings;
  settings.ca_file = (folder.path() / "ca.pem").string();
  settings.streams = 1;
  const Written one = written(host, settings);
  settings.streams = 64;
  const Written many = written(host, settings);
  EXPECT_EQ(many.lock, one.lock);
  EXPECT_EQ(counted.connections(), 2U) << "one connection each";
}

}  // namespace
}  // namespace lock::ops
