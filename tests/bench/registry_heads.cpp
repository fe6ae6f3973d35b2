// Asks a registry for tags and says what it cost: the client's side of the benchmarks and a way to try it by hand.
//
//   registry_heads [--ca FILE] [--plain] [--repeat N] REFERENCE…
//
// Prints wall time, CPU time of this process, requests and connections on one line.
#include <sys/resource.h>

#include <chrono>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/registry/client.hpp"

namespace {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

}  // namespace

int main(int count, char** arguments) {
  lock::registry::RegistryConfiguration configuration;
  configuration.now = [] { return static_cast<std::int64_t>(time(nullptr)); };
  lock::registry::RegistrySettings settings;
  std::vector<lock::image::Reference> references;
  std::size_t repeat = 1;
  bool quiet = false;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--ca" && i + 1 < count) {
      settings.ca_file = arguments[++i];
    } else if (argument == "--plain") {
      settings.plain_http = true;
    } else if (argument == "--quiet") {
      quiet = true;
    } else if (argument == "--repeat" && i + 1 < count) {
      repeat = std::stoul(arguments[++i]);
    } else if (auto reference = lock::image::Reference::parse(argument)) {
      references.push_back(*reference);
      configuration.registries[reference->repository().registry] = settings;
    } else {
      std::cerr << argument << ": " << describe(reference.error()) << "\n";
      return 2;
    }
  }
  // Equal questions of a wave are asked once, so a repeated question is another tag of the same repository.
  std::vector<lock::image::Reference> questions;
  for (std::size_t i = 0; i < repeat; ++i) {
    for (const auto& reference : references) {
      const std::string tag = repeat == 1 ? *reference.tag() : *reference.tag() + "-" + std::to_string(i);
      questions.emplace_back(reference.repository(), tag, std::nullopt);
    }
  }
  lock::registry::Client client(std::move(configuration));
  const auto begin = std::chrono::steady_clock::now();
  const double cpu = cpu_seconds();
  const auto answers = client.resolve(questions);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  const double used = cpu_seconds() - cpu;
  std::size_t good = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (answers[i]) ++good;
    if (!quiet && answers[i]) std::cout << questions[i].canonical() << " " << answers[i]->digest.text() << "\n";
    if (!answers[i] && i < 5) std::cerr << questions[i].canonical() << ": " << describe(answers[i].error()) << "\n";
  }
  const auto statistics = client.statistics();
  std::cout << good << " of " << answers.size() << " answers, " << statistics.requests() << " requests, "
            << statistics.connections << " connections, " << wall.count() << " s wall, " << used << " s cpu, "
            << used / static_cast<double>(answers.size()) * 1e6 << " us cpu an answer\n";
  return good == answers.size() ? 0 : 1;
}
