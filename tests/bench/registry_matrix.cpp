// The registry client against far registries, with what the *servers* counted.
//
//   registry_matrix [--all] [ROUND_TRIP IMAGES REGISTRIES http2|http1 same|other none|503|429]
//   registry_matrix skopeo ROUND_TRIP IMAGES     the same tags by `skopeo inspect --raw`, one after the other, beside
//   ours
//
// A point of the matrix is a run with an empty cache and one more with what the first left behind, each of them what
// `lock update` asks: a token for each repository, a HEAD for each tag, a GET for each digest that is not at hand, and
// one more request where a remembered token service lies elsewhere, beside which the connection opens. The
// registries are scripted ones behind a proxy that delays every byte; HTTP/2 is nghttpx. Without words a few points
// run, with --all the whole matrix, with six words that point.
//
// The counts are a gate: one probe a registry where nothing is remembered, one token and one HEAD a repository, one GET
// a digest and none the second time, one connection a host over HTTP/2 and at most eight over HTTP/1.1; what was
// answered 503 or 429 is asked once more. Wall time is shown beside the floor in round trips, and fails only when it is
// far off (twice the floor and half a second), since it says as much about the machine. Exit status 1 when a gate is
// missed.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/registry/client.hpp"
#include "tests/support/registry/delay_proxy.hpp"
#include "tests/support/registry/peers.hpp"
#include "tests/support/registry/scripted_registry.hpp"

namespace {

using namespace lock;

constexpr std::size_t http1_connections = 8;
constexpr std::size_t http2_streams = 100;  // as nghttpx allows, and the client takes

struct Point {
  int round_trip = 0;  // ms
  std::size_t images = 1;
  std::size_t registries = 1;
  bool http2 = true;
  bool other_token_host = false;
  std::string trouble = "none";  // or "503": 2% of the HEADs; "429": one of them, with Retry-After: 1
};

// One registry with its token service, far away.
class FarRegistry {
 public:
  FarRegistry(const Point& point, std::size_t number, std::size_t images) {
    test::RegistryOptions options;
    options.personality.authentication = test::Authentication::bearer;
    options.personality.token.door = point.other_token_host ? "token" : "registry";
    if (!point.http2) options.identity = authority_.issue_for_loopback();
    if (point.trouble != "none") options.faults = {fault(point.trouble, number)};
    server_ = std::make_unique<test::ScriptedRegistry>(options);
    server_->change([&](test::Content& content) {
      for (std::size_t i = 0; i < images; ++i) {
        content.add_image("team/app" + std::to_string(i),
                          {.platforms = {"linux/amd64", "linux/arm64"}, .salt = std::to_string(i), .tag = "1"});
      }
    });
    open("registry", point);
    if (point.other_token_host) open("token", point);
    host_ = "127.0.0.1:" + std::to_string(proxies_.front()->port());
    for (std::size_t i = 0; i < images; ++i) {
      questions_.push_back(*image::Reference::parse(host_ + "/team/app" + std::to_string(i) + ":1"));
    }
  }

  void trust(registry::RegistryConfiguration& configuration, const std::filesystem::path& folder) const {
    const std::filesystem::path file = folder / (std::to_string(proxies_.front()->port()) + ".pem");
    std::ofstream(file) << authority_.certificate();
    configuration.registries[host_].ca_file = file.string();
    configuration.registries[host_].plain_http = false;
  }

  [[nodiscard]] const std::vector<image::Reference>& questions() const { return questions_; }
  [[nodiscard]] test::ScriptedRegistry& server() { return *server_; }
  [[nodiscard]] std::uint64_t most_connections() const {
    std::uint64_t most = 0;
    for (const auto& proxy : proxies_) most = std::max(most, proxy->connections());
    return most;
  }

 private:
  static test::Fault fault(std::string_view trouble, std::size_t number) {
    test::Fault fault;
    fault.kind = "manifest";
    fault.method = "HEAD";
    if (trouble == "503") {
      fault.percent = 2;
      fault.seed = number + 1;
      fault.status = 503;
    } else {
      fault.skip = 1;
      fault.times = 1;
      fault.status = 429;
      fault.set = {{"Retry-After", "1"}};
    }
    return fault;
  }

  void open(const std::string& door, const Point& point) {
    std::uint16_t port = server_->port(door);
    if (point.http2) {
      fronts_.push_back(std::make_unique<test::Http2Front>(port, authority_.issue_for_loopback()));
      port = fronts_.back()->port();
    }
    proxies_.push_back(std::make_unique<test::DelayProxy>(port, std::chrono::milliseconds(point.round_trip)));
    server_->announce(door, "127.0.0.1:" + std::to_string(proxies_.back()->port()), "https");
  }

  test::Authority authority_;
  std::unique_ptr<test::ScriptedRegistry> server_;
  std::vector<std::unique_ptr<test::Http2Front>> fronts_;
  std::vector<std::unique_ptr<test::DelayProxy>> proxies_;  // of the registry, and of its token service
  std::string host_;
  std::vector<image::Reference> questions_;
};

struct Run {
  double wall = 0;
  std::size_t failed = 0;
};

// What `lock update` asks: every tag, then every digest.
Run update(const registry::RegistryConfiguration& configuration, std::span<const image::Reference> tags) {
  registry::Client client(configuration);
  Run run;
  const auto begin = std::chrono::steady_clock::now();
  const auto answers = client.resolve(tags);
  std::vector<image::Reference> digests;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    if (answers[i]) {
      digests.push_back(tags[i].by_digest(answers[i]->digest));
    } else {
      std::cout << "  " << describe(answers[i].error()) << "\n";
      ++run.failed;
    }
  }
  for (const auto& content : client.manifests(digests)) run.failed += content ? 0 : 1;
  run.wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return run;
}

// Says what a server counted and what it should have.
bool equal(std::string_view what, std::size_t counted, std::size_t wanted) {
  if (counted == wanted) return true;
  std::cout << "  " << what << ": " << counted << " instead of " << wanted << "\n";
  return false;
}

bool at_most(std::string_view what, std::size_t counted, std::size_t most) {
  return counted <= most || equal(what, counted, most);
}

// Round trips of the registry with the most images: TCP and TLS are two, then a wave for each so many requests as may
// be under way. Over HTTP/1.1 the connections after the first open once the probe has answered.
double floor_trips(const Point& point, std::size_t images, bool warm) {
  const std::size_t at_once = point.http2 ? http2_streams : http1_connections;
  const auto waves = [&](std::size_t requests) { return static_cast<double>((requests + at_once - 1) / at_once); };
  const double connect = 2;
  double trips = connect + (warm ? 0 : 1);
  if (point.other_token_host) {
    // The token service's connection: beside the registry's when it is known whom to ask, after the probe when not.
    trips = warm ? connect + 1 : trips + connect + 1;
    trips += waves(images);  // tokens of later questions come while earlier ones are asked
  } else {
    if (!warm && !point.http2 && images > 1) trips += connect;
    trips += std::max(2.0, waves(2 * images));
  }
  return warm ? trips : trips + waves(images);
}

bool judge(FarRegistry& far, const Point& point, bool warm) {
  const test::Counters counters = far.server().counters();
  const std::size_t images = far.questions().size();
  const std::size_t again = counters.of("HEAD manifest 503") + counters.of("HEAD manifest 429");
  const std::size_t heads = images + (warm ? 0 : 1) + again;
  const std::size_t gets = warm ? 0 : images;
  bool good = equal("HEADs", counters.of("HEAD manifest"), heads);
  good = equal("tokens", counters.of("GET token"), images) && good;
  good = equal("manifest GETs", counters.manifest_gets, gets) && good;
  // While the first token comes from another host, the registry's connection is opened.
  const std::size_t knocks = warm && point.other_token_host ? 1 : 0;
  good = equal("requests", counters.all(), heads + images + gets + knocks) && good;
  if (point.trouble == "429" && !warm && images > 1) good = equal("429", again, 1) && good;
  // Each run opens its own.
  const std::size_t connections = (point.http2 ? 1 : std::min(images, http1_connections)) * (warm ? 2 : 1);
  return at_most("connections to one host", far.most_connections(), connections) && good;
}

registry::RegistryConfiguration empty_configuration(const std::filesystem::path& cache) {
  registry::RegistryConfiguration configuration;
  configuration.now = [] { return static_cast<std::int64_t>(time(nullptr)); };
  configuration.system_certificate_folders.clear();
  configuration.cache = cache;
  return configuration;
}

bool measure(const Point& point) {
  std::vector<std::unique_ptr<FarRegistry>> registries;
  std::vector<image::Reference> tags;
  test::ScratchFolder folder;
  registry::RegistryConfiguration configuration = empty_configuration(folder.path() / "cache");
  for (std::size_t r = 0; r < point.registries; ++r) {
    const std::size_t images = point.images / point.registries + (r < point.images % point.registries ? 1 : 0);
    registries.push_back(std::make_unique<FarRegistry>(point, r, images));
    registries.back()->trust(configuration, folder.path());
    tags.insert(tags.end(), registries.back()->questions().begin(), registries.back()->questions().end());
  }
  bool good = true;
  for (const bool warm : {false, true}) {
    for (const auto& registry : registries) registry->server().forget();
    const Run run = update(configuration, tags);
    std::size_t requests = 0;
    std::size_t connections = 0;
    good = equal("failures", run.failed, 0) && good;
    for (const auto& registry : registries) {
      good = judge(*registry, point, warm) && good;
      requests += registry->server().counters().all();
      connections = std::max<std::size_t>(connections, registry->most_connections());
    }
    const double floor = floor_trips(point, registries.front()->questions().size(), warm) * point.round_trip / 1000;
    const double wait = point.trouble == "429" && !warm ? 1 : 0;  // that Retry-After asks for
    std::printf("%4d %6zu %10zu %8s %6s %5s %5s %9zu %11zu %8.0f %8.0f", point.round_trip, point.images,
                point.registries, point.http2 ? "HTTP/2" : "HTTP/1.1", point.other_token_host ? "other" : "same",
                point.trouble.c_str(), warm ? "warm" : "cold", requests, connections, run.wall * 1000, floor * 1000);
    std::printf(floor > 0 ? " %6.2f\n" : "\n", floor > 0 ? (run.wall - wait) / floor : 0);
    std::fflush(stdout);
    // An answer that was 503 costs a pause, and pauses add up.
    const double slack = point.trouble == "503" ? 5 : 0.5;
    if (run.wall > 2 * floor + wait + slack) {
      std::cout << "  far above the floor\n";
      good = false;
    }
  }
  return good;
}

// Whether ours takes a twentieth of the time at most.
bool beside_skopeo(int round_trip, std::size_t images) {
  test::ScratchFolder folder;
  FarRegistry far({.round_trip = round_trip, .images = images}, 0, images);
  registry::RegistryConfiguration configuration = empty_configuration(folder.path() / "cache");
  far.trust(configuration, folder.path());
  const Run ours = update(configuration, far.questions());
  const std::size_t requests = far.server().counters().all();
  far.server().forget();
  const std::filesystem::path certificates = folder.path() / "certificates";
  std::filesystem::create_directory(certificates);
  std::filesystem::copy(configuration.registries.begin()->second.ca_file, certificates / "ca.crt");
  std::ofstream script(folder.path() / "inspect");
  for (const image::Reference& tag : far.questions()) {
    script << "skopeo inspect --raw --cert-dir '" << certificates.string() << "' docker://" << tag.canonical() << " >'"
           << folder.path().string() << "/out' || exit 1\n";
  }
  script.close();
  const auto begin = std::chrono::steady_clock::now();
  const int status = std::system(("sh '" + (folder.path() / "inspect").string() + "'").c_str());
  const double theirs = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf(
      "%zu images %d ms away: lock %.0f ms, %zu requests; skopeo one by one %.0f ms, %zu requests: %.0f times\n",
      images, round_trip, ours.wall * 1000, requests, theirs * 1000, far.server().counters().all(), theirs / ours.wall);
  return status == 0 && ours.failed == 0 && theirs >= 20 * ours.wall;
}

std::vector<Point> points(bool all) {
  std::vector<Point> out;
  const std::vector<int> trips = all ? std::vector{0, 20, 50, 100} : std::vector{50};
  const std::vector<std::size_t> counts =
      all ? std::vector<std::size_t>{1, 20, 100, 500} : std::vector<std::size_t>{1, 100};
  const std::vector<std::size_t> registries = all ? std::vector<std::size_t>{1, 3, 8} : std::vector<std::size_t>{1, 3};
  for (const int trip : trips) {
    for (const std::size_t count : counts) {
      for (const std::size_t many : registries) {
        if (many > count) continue;
        for (const bool http2 : {true, false}) {
          for (const bool other : {false, true}) out.push_back({trip, count, many, http2, other, "none"});
        }
      }
    }
    for (const char* trouble : {"503", "429"}) {
      for (const bool http2 : {true, false}) out.push_back({trip, 100, 1, http2, false, trouble});
    }
  }
  return out;
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.size() == 3 && words[0] == "skopeo")
    return beside_skopeo(std::stoi(words[1]), std::stoul(words[2])) ? 0 : 1;
  std::vector<Point> chosen;
  if (words.size() == 6) {
    chosen = {{std::stoi(words[0]), std::stoul(words[1]), std::stoul(words[2]), words[3] == "http2",
               words[4] == "other", words[5]}};
  } else if (words.empty() || (words.size() == 1 && words[0] == "--all")) {
    chosen = points(!words.empty());
  } else {
    std::cerr << "usage: registry_matrix [--all] [ROUND_TRIP IMAGES REGISTRIES http2|http1 same|other none|503|429]\n";
    return 2;
  }
  if (const auto reason = test::missing("nghttpx")) {
    std::cerr << *reason << "\n";
    return 2;
  }
  std::puts(" RTT images registries protocol  token fault cache  requests connections  wall ms floor ms  ratio");
  std::size_t bad = 0;
  for (const Point& point : chosen) bad += measure(point) ? 0 : 1;
  std::cout << chosen.size() << " points, " << bad << " of them with other counts or far above the floor\n";
  return bad == 0 ? 0 : 1;
}
