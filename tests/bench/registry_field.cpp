// The registry client against scripted registries, with what the *server* counted. Two uses:
//
//   registry_field far ROUND_TRIP_MS IMAGES [http1]     one far registry, a token for each repository, cold
//   registry_field field IMAGES REGISTRIES              2 % of 503, slow bodies, one registry that is dead
//
// The counts are a gate: one question a tag and run, one probe, one token a repository, no manifest GET, one connection
// over HTTP/2 and eight over HTTP/1.1; exit status 1 when a server counted anything else. Wall time is only shown.
// Prints one line: wall time, the floor where there is one, requests, connections, tokens, manifest GETs, failures by
// cause, peak memory.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
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

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

long peak_mebibytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

registry::RegistryConfiguration configuration() {
  registry::RegistryConfiguration out;
  out.now = [] { return static_cast<std::int64_t>(time(nullptr)); };
  out.system_certificate_folders.clear();
  return out;
}

image::Reference reference(const std::string& text) { return *image::Reference::parse(text); }

void fill(test::ScriptedRegistry& server, std::size_t images) {
  server.change([&](test::Content& content) {
    for (std::size_t i = 0; i < images; ++i) {
      content.add_image("team/app" + std::to_string(i),
                        {.platforms = {"linux/amd64", "linux/arm64"}, .salt = std::to_string(i), .tag = "1"});
    }
  });
}

// Says what a server counted and what it should have.
bool equal(std::string_view what, std::size_t counted, std::size_t wanted) {
  if (counted == wanted) return true;
  std::cout << "  " << what << ": " << counted << " instead of " << wanted << "\n";
  return false;
}

int far(int round_trip, std::size_t images, bool http1) {
  test::Authority authority;
  test::RegistryOptions options;
  options.personality.authentication = test::Authentication::bearer;
  options.personality.token.door = "registry";
  if (http1) options.identity = authority.issue_for_loopback();
  test::ScriptedRegistry server(options);
  fill(server, images);
  std::unique_ptr<test::Http2Front> front;
  if (!http1) front = std::make_unique<test::Http2Front>(server.port(), authority.issue_for_loopback());
  test::DelayProxy proxy(http1 ? server.port() : front->port(), std::chrono::milliseconds(round_trip));
  const std::string host = "127.0.0.1:" + std::to_string(proxy.port());
  server.announce("registry", host, "https");
  test::ScratchFolder folder;
  std::ofstream(folder.path() / "ca.pem") << authority.certificate();

  auto settings = configuration();
  settings.registries[host].ca_file = (folder.path() / "ca.pem").string();
  settings.registries[host].plain_http = false;
  registry::Client client(settings);
  std::vector<image::Reference> questions;
  for (std::size_t i = 0; i < images; ++i)
    questions.push_back(reference(host + "/team/app" + std::to_string(i) + ":1"));
  const auto begin = std::chrono::steady_clock::now();
  const auto answers = client.resolve(questions);
  const double wall = seconds_since(begin);
  std::size_t failed = 0;
  for (const auto& answer : answers) failed += answer ? 0 : 1;
  const auto warm_begin = std::chrono::steady_clock::now();
  static_cast<void>(client.resolve(questions));
  const double warm = seconds_since(warm_begin);
  const test::Counters counters = server.counters();
  const double floor = 5.0 * round_trip / 1000;
  std::cout << "round trip " << round_trip << " ms, " << images << " images, " << (http1 ? "HTTP/1.1" : "HTTP/2")
            << ": " << wall << " s cold (floor " << floor << " s over HTTP/2, " << wall / floor << " of it), " << warm
            << " s again; at the server " << counters.all() << " requests for both, " << counters.of("GET token")
            << " tokens, " << counters.manifest_gets << " manifest GETs, " << proxy.connections() << " connections, "
            << failed << " failed, " << peak_mebibytes() << " MiB\n";
  bool good = equal("failures", failed, 0);
  good = equal("requests", counters.all(), 3 * images + 1) && good;
  good = equal("HEADs", counters.of("HEAD manifest"), 2 * images + 1) && good;
  good = equal("tokens", counters.of("GET token"), images) && good;
  good = equal("manifest GETs", counters.manifest_gets, 0) && good;
  const std::size_t most_connections = http1 ? std::min<std::size_t>(images, 8) : 1;
  good =
      (proxy.connections() <= most_connections || equal("connections", proxy.connections(), most_connections)) && good;
  return good ? 0 : 1;
}

int field(std::size_t images, std::size_t registries) {
  std::vector<std::unique_ptr<test::ScriptedRegistry>> servers;
  std::vector<image::Reference> questions;
  const std::size_t each = images / registries;
  for (std::size_t r = 0; r + 1 < registries; ++r) {
    test::RegistryOptions options;
    options.personality.authentication = test::Authentication::bearer;
    test::Fault unavailable;
    unavailable.kind = "manifest";
    unavailable.percent = 2;
    unavailable.seed = r + 1;
    unavailable.times = each / 25;
    unavailable.status = 503;
    test::Fault slow;
    slow.kind = "token";
    slow.percent = 1;
    slow.drip = 16;
    slow.drip_every = std::chrono::milliseconds(20);
    options.faults = {unavailable, slow};
    servers.push_back(std::make_unique<test::ScriptedRegistry>(options));
    fill(*servers.back(), each);
    for (std::size_t i = 0; i < each; ++i) {
      questions.push_back(reference(servers.back()->host() + "/team/app" + std::to_string(i) + ":1"));
    }
  }
  for (std::size_t i = 0; i < each; ++i)
    questions.push_back(reference("127.0.0.1:1/team/app" + std::to_string(i) + ":1"));

  registry::Client client(configuration());
  const auto begin = std::chrono::steady_clock::now();
  const auto answers = client.resolve(questions);
  const double wall = seconds_since(begin);
  std::map<std::string, std::size_t> causes;
  std::size_t good = 0;
  for (const auto& answer : answers) {
    if (answer) {
      ++good;
    } else {
      ++causes[describe(answer.error())];
    }
  }
  std::size_t requests = 0;
  for (const auto& server : servers) requests += server->counters().all();
  std::cout << questions.size() << " images over " << registries << " registries: " << wall << " s, " << good
            << " resolved, " << requests << " requests at the servers, " << client.statistics().connections
            << " connections, " << peak_mebibytes() << " MiB with the servers\n";
  for (const auto& [cause, count] : causes) std::cout << "  " << count << " x " << cause << "\n";
  const bool rest = equal("resolved", good, questions.size() - each);
  return equal("causes", causes.size(), 1) && rest ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.size() >= 3 && words[0] == "far") {
    return far(std::stoi(words[1]), std::stoul(words[2]), words.size() > 3 && words[3] == "http1");
  }
  if (words.size() == 3 && words[0] == "field") return field(std::stoul(words[1]), std::stoul(words[2]));
  std::cerr << "usage: registry_field far ROUND_TRIP_MS IMAGES [http1] | field IMAGES REGISTRIES\n";
  return 2;
}
