// [[collect]]: the text of a pattern, and a file that it is let loose on. The input's first line is the pattern.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "resolver/collect/pattern.hpp"
#include "tests/fuzz/check_collected.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\n'), input.size());
  const auto pattern = lock::collect::Pattern::compile(input.substr(0, end), "images.toml:1");
  if (!pattern) {
    lock::fuzz::require(!pattern.error().message.empty());
    return 0;
  }
  const lock::collect::Source source("a.sh", std::string(input.substr(std::min(end + 1, input.size()))));
  const lock::collect::NoFiles files;
  lock::collect::PatternRun runs[] = {{&*pattern, false, 0}};
  const auto found = lock::collect::collect(source, files, runs);
  lock::fuzz::check(found, source.path(), source.bytes());
  const auto patterns = std::ranges::count(found.occurrences, "pattern", &lock::image::Occurrence::format);
  lock::fuzz::require(static_cast<std::size_t>(patterns) <= runs[0].found);
  return 0;
}
