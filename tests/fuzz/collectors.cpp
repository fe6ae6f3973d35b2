// Every collector of the table, through the program's door. The input's first line is the file's path, which says who
// reads it; what follows a NUL is a neighbour in the same form.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/fuzz/check_collected.hpp"

namespace {

struct File {
  std::string path;
  std::string bytes;
};

File file_of(std::string_view text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  return {std::string(text.substr(0, end)), std::string(text.substr(std::min(end + 1, text.size())))};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = std::min(input.find('\0'), input.size());
  File file = file_of(input.substr(0, cut));
  File neighbour = file_of(input.substr(std::min(cut + 1, input.size())));
  const lock::collect::Source source(std::move(file.path), std::move(file.bytes));
  const lock::fuzz::OneNeighbour files(std::move(neighbour.path), std::move(neighbour.bytes));
  lock::fuzz::check(lock::collect::collect(source, files), source.path(), source.bytes());
  return 0;
}
