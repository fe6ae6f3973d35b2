// Times the verification of distinct keyless bundles. One line a figure on standard output, in the form that
// `measure figure` takes: what is verified, and the seconds of each round.
//
//   usage: bench_sigstore [BUNDLES [ROUNDS]]
//
// First the work itself, on two threads: a bundle is read, and verified under one trusted root. Then the whole program,
// `lock verify --only signatures --offline`: as many images, each with a bundle of its own, from a warm cache.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "resolver/trust/pool.hpp"
#include "resolver/trust/sigstore/verify.hpp"
#include "tests/support/trust/signed_images.hpp"
#include "tests/support/trust/world.hpp"

namespace {

using namespace lock;

// The seconds of each round; empty when one was wrong. What the processor had to do goes to standard error: on a busy
// machine it is the better figure.
std::string time(std::size_t rounds, const std::function<bool()>& once) {
  std::string list;
  for (std::size_t i = 0; i < rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t worked = std::clock();
    if (!once()) return {};
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    std::fprintf(stderr, "  processor: %.3f s\n", static_cast<double>(std::clock() - worked) / CLOCKS_PER_SEC);
    list += (list.empty() ? "" : ",") + std::to_string(elapsed.count());
  }
  return list;
}

bool print(const std::string& title, const std::string& seconds) {
  std::printf("%s\tlock=%s\n", title.c_str(), seconds.c_str());
  return !seconds.empty();
}

bool time_bundles(std::size_t bundles, std::size_t rounds, bool v2) {
  const test::World world;
  const auto root = trust::sigstore::TrustedRoot::parse(
                        boost::json::serialize(boost::json::value(world.trusted_root())), "bench", "root")
                        .value();
  std::vector<std::string> texts;
  std::vector<std::string> manifests;
  for (std::size_t i = 0; i < bundles; ++i) {
    manifests.push_back("manifest " + std::to_string(i));
    texts.push_back(boost::json::serialize(
        boost::json::value(world.sign({.message = manifests.back(), .envelope = true, .v2_log = v2}))));
  }
  const std::string seconds = time(rounds, [&] {
    std::atomic<std::size_t> verified{0};
    trust::for_each_on_threads(bundles, 2, [&](std::size_t i) {
      const auto bundle = trust::sigstore::parse_bundle(texts[i]);
      const trust::sigstore::Artifact artifact{.bytes = std::nullopt,
                                               .digest = base::hash(base::HashAlgorithm::sha256, manifests[i])};
      if (bundle && trust::sigstore::verify(*bundle, artifact, {.root = root.get(), .key = {}})) ++verified;
    });
    return verified == bundles;
  });
  return print("verifying " + std::to_string(bundles) + " keyless bundles on two threads, " +
                   (v2 ? "Rekor v2 and timestamp" : "Rekor v1"),
               seconds);
}

bool time_program(std::size_t images, std::size_t rounds) {
  test::SignedImages signed_images(images);
  if (const test::Ran ran = signed_images.lock({"update"}); ran.status != 0) {
    std::fputs(ran.err.c_str(), stderr);
    return false;
  }
  signed_images.registry().forget();
  const std::string expected = "signers of " + std::to_string(images) + " images verified";
  const std::string seconds = time(rounds, [&] {
    const test::Ran ran = signed_images.lock({"verify", "--only", "signatures", "--offline"});
    const bool right = ran.status == 0 && (ran.out + ran.err).contains(expected);
    if (!right) std::fputs((ran.out + ran.err).c_str(), stderr);
    return right;
  });
  return print("`lock verify --only signatures --offline` of " + std::to_string(images) +
                   " keyless images from a warm cache",
               seconds) &&
         signed_images.registry().counters().all() == 0;
}

}  // namespace

int main(int count, char** arguments) {
  const std::size_t bundles = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 1000;
  const std::size_t rounds = count > 2 ? std::strtoul(arguments[2], nullptr, 10) : 5;
  bool right = time_bundles(bundles, rounds, false);
  right = time_bundles(bundles, rounds, true) && right;
  return time_program(bundles, rounds) && right ? 0 : 1;
}
