// Times the verification of distinct keyless bundles, offline, the way a run does it: parse, verify under one trusted
// root, on a pool.   usage: lock_sigstore_bench [BUNDLES] [THREADS]   prints one line a kind of bundle.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "resolver/trust/pool.hpp"
#include "resolver/trust/sigstore/verify.hpp"
#include "tests/support/trust/world.hpp"

int main(int count, char** arguments) {
  using namespace lock;
  const std::size_t bundles = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 1000;
  const std::size_t threads = count > 2 ? std::strtoul(arguments[2], nullptr, 10) : 2;
  const test::World world;
  const auto root = trust::sigstore::TrustedRoot::parse(
                        boost::json::serialize(boost::json::value(world.trusted_root())), "bench", "root")
                        .value();
  for (const bool v2 : {false, true}) {
    std::vector<std::string> texts;
    std::vector<std::string> manifests;
    for (std::size_t i = 0; i < bundles; ++i) {
      manifests.push_back("manifest " + std::to_string(i));
      texts.push_back(boost::json::serialize(
          boost::json::value(world.sign({.message = manifests.back(), .envelope = true, .v2_log = v2}))));
    }
    std::atomic<std::size_t> verified{0};
    const auto start = std::chrono::steady_clock::now();
    trust::for_each_on_threads(bundles, threads, [&](std::size_t i) {
      const auto bundle = trust::sigstore::parse_bundle(texts[i]);
      const trust::sigstore::Artifact artifact{.bytes = std::nullopt,
                                               .digest = base::hash(base::HashAlgorithm::sha256, manifests[i])};
      if (bundle && trust::sigstore::verify(*bundle, artifact, {.root = root.get(), .key = {}})) ++verified;
    });
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    std::printf("%s: %zu of %zu bundles verified on %zu threads in %.3f s, %.0f a second\n",
                v2 ? "rekor 2, timestamp" : "rekor 1, promise and proof", verified.load(), bundles, threads,
                elapsed.count(), static_cast<double>(bundles) / elapsed.count());
    if (verified != bundles) return 1;
  }
  return 0;
}
