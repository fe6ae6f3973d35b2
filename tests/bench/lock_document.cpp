// Reading and writing an images.lock of 5,000 entries, five times in turns with toml++'s bare parse of the same bytes.
// Prints a line for each as tests/bench/run.sh reads them: title, then NAME=SECONDS,SECONDS… after tabs.
#include <toml++/toml.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "lockfile/document/read.hpp"
#include "lockfile/document/write.hpp"
#include "resolver/image/manifest.hpp"

namespace {

using lock::image::Digest;
using Clock = std::chrono::steady_clock;

lock::document::Document make(std::size_t entries) {
  lock::document::Document document;
  auto digest = [n = 0]() mutable { return Digest::sha256_of(std::to_string(n++)); };
  for (std::size_t i = 0; i < entries; ++i) {
    const lock::image::Repository repository{"registry.example.com", "team/app-" + std::to_string(100000 + i)};
    lock::document::Entry entry{lock::image::Reference(repository, "1.2.3", std::nullopt),
                                digest(),
                                std::string(lock::image::media_type::oci_index),
                                {{{"linux", "amd64", "", ""}, digest()}, {{"linux", "arm64", "", ""}, digest()}}};
    document.insert(std::move(entry));
  }
  return document;
}

template <typename Work>
double seconds(const Work& work) {
  const auto begin = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::string list(const std::vector<double>& values) {
  std::string text;
  for (const double value : values) text += (text.empty() ? "" : ",") + std::to_string(value);
  return text;
}

}  // namespace

int main() {
  constexpr std::size_t entries = 5000;
  const lock::document::Document document = make(entries);
  const std::string text = lock::document::write(document);
  std::vector<double> parse;
  std::vector<double> read;
  std::vector<double> write;
  bool right = true;
  for (int round = 0; round < 5; ++round) {
    read.push_back(seconds([&] {
      const auto reading = lock::document::read(text, "images.lock");
      right = reading.findings.empty() && reading.document.entries().size() == entries && right;
    }));
    parse.push_back(seconds([&] { right = toml::parse(std::string_view(text)).size() == 2 && right; }));
    write.push_back(seconds([&] { right = lock::document::write(document) == text && right; }));
  }
  std::printf("reading a lock of 5,000 entries (at most 1.4 times the parse)\tlock=%s\ttoml++ parse=%s\n",
              list(read).c_str(), list(parse).c_str());
  std::printf("writing a lock of 5,000 entries (at most 20 ms)\tlock=%s\n", list(write).c_str());
  return right ? 0 : 1;
}
