#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "cli/assemble.hpp"
#include "cli/run.hpp"

namespace {

std::string read_standard_input(std::size_t most) {
  std::string text;
  std::string buffer(std::size_t{1} << 16, '\0');
  while (text.size() <= most) {
    const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), stdin);
    if (got == 0) break;
    text.append(buffer, 0, got);
  }
  return text;
}

bool broken = false;  // standard output could not take everything: never a success

void write_to(std::FILE* stream, std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stream) != text.size() || std::fflush(stream) != 0) {
    broken = broken || stream == stdout;
  }
}

int run_program(const std::vector<std::string>& arguments) {
  lock::cli::Session session = lock::cli::assemble();
  session.streams.read_input = read_standard_input;
  session.streams.out = [](std::string_view text) { write_to(stdout, text); };
  session.streams.err = [](std::string_view text) { write_to(stderr, text); };
  session.streams.out_is_terminal = isatty(STDOUT_FILENO) == 1;
  session.streams.err_is_terminal = isatty(STDERR_FILENO) == 1;
  const int status = lock::cli::run(arguments, session);
  if (broken && status == lock::cli::exit_code::ok) return lock::cli::exit_code::undetermined;
  return status;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return run_program({arguments + 1, arguments + count});
  } catch (const std::exception& bug) {
    const std::string text = "lock: internal error, please report it: " + std::string(bug.what()) + "\n";
    write_to(stderr, text);
  } catch (...) {
    write_to(stderr, "lock: internal error, please report it\n");
  }
  return lock::cli::exit_code::bug;
}
