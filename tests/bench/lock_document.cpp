// How long reading and writing a lock of 5,000 entries takes, beside toml++'s bare parse of the same text, in one
// process: five interleaved rounds. The entries come from a counter, so every run has the same text.
//
// Prints lines of tab-separated fields: a title, then NAME=SECONDS,SECONDS,… for ours and for what it is compared with.
#include <toml++/toml.h>

#include <chrono>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "lockfile/document/read.hpp"
#include "lockfile/document/write.hpp"

namespace {

constexpr int kEntries = 5'000;
constexpr int kRounds = 5;

lock::document::Document made() {
  lock::document::Document document;
  for (int i = 0; i < kEntries; ++i) {
    const std::string number = std::to_string(i);
    const auto reference = lock::image::Reference::parse("registry.example.com/team-" + std::to_string(i % 40) +
                                                         "/service-" + number + ":1." + std::to_string(i % 30) + ".0");
    lock::document::Entry entry{
        *reference, lock::image::Digest::sha256_of(number), "application/vnd.oci.image.index.v1+json", {}};
    for (const char* platform : {"linux/amd64", "linux/arm/v7", "linux/arm64"}) {
      entry.platforms.push_back(
          {*lock::image::Platform::parse(platform), lock::image::Digest::sha256_of(number + platform)});
    }
    lock::document::sort_platforms(entry.platforms);
    document.insert(std::move(entry));
  }
  return document;
}

std::string timed(const std::function<std::size_t()>& deed) {
  const auto start = std::chrono::steady_clock::now();
  const std::size_t result = deed();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  if (result == 0) std::cerr << "lock_document: nothing was read or written\n";
  return std::to_string(taken.count());
}

}  // namespace

int main() {
  const lock::document::Document document = made();
  const std::string text = lock::document::write(document);
  std::string read;
  std::string parsed;
  std::string written;
  for (int round = 0; round < kRounds; ++round) {
    const std::string comma = round == 0 ? "" : ",";
    read += comma + timed([&] { return lock::document::read(text, "images.lock").document.entries().size(); });
    parsed +=
        comma + timed([&] { return toml::parse(std::string_view(text), std::string_view("images.lock")).size(); });
    written += comma + timed([&] { return lock::document::write(document).size(); });
  }
  std::cout << "read a lock of 5,000 entries\tlock=" << read << "\ttoml++, bare parse=" << parsed << "\n";
  std::cout << "write a lock of 5,000 entries\tlock=" << written << "\n";
}
