// `.lockignore`: the first line of the input is a path, the rest the file. Any bytes give an answer; a file that holds
// the path itself, with everything special in it escaped, leaves it out.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "resolver/tree/ignore.hpp"

namespace {

std::string escaped(std::string_view path) {
  std::string pattern = "/";
  for (const char c : path) {
    if (c != '/') pattern += '\\';
    pattern += c;
  }
  return pattern;
}

bool is_path(std::string_view text) {
  return !text.empty() && !text.starts_with('/') && !text.ends_with('/') && !text.ends_with('\r') &&
         text.find("//") == std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto end = std::min(input.find('\n'), input.size());
  const std::string_view path = input.substr(0, end);
  const std::string_view contents = input.substr(std::min(end + 1, input.size()));
  const lock::tree::IgnoreFile file("", contents);
  const auto decision = file.decide(path, false);
  if (decision == false && contents.find('!') == std::string_view::npos) std::abort();
  if (file.empty() && decision) std::abort();
  if (!is_path(path)) return 0;
  const std::string more = std::string(contents) + "\n" + escaped(path);
  if (lock::tree::IgnoreFile("", more).decide(path, false) != true) std::abort();
  if (lock::tree::IgnoreFile("", more + "/").decide(path, true) != true) std::abort();
  return 0;
}
