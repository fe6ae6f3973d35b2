#include "cli/help.hpp"

#include <sstream>

#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

constexpr std::string_view kGlobalOptions =
    "Global options, before or after the command:\n"
    "  -C DIR                  run as if started in DIR\n"
    "  --config FILE           read FILE instead of the scope's images.toml\n"
    "  --report FORMAT[=FILE]  text or json, to FILE or standard output; may be repeated\n"
    "  --color WHEN            auto, always or never\n"
    "  --timeout DURATION      ask registries no longer than this (90s, 10m, 2h)\n"
    "  -q, --quiet             no progress and no summary on standard error\n"
    "  -v, --verbose           say what was asked of whom\n"
    "  -h, --help              show help\n"
    "  --version               show the version\n";

constexpr std::string_view kExitStatus =
    "Exit status: 0 all is well; 1 a check failed or the lock is out of date; 2 wrong usage or\n"
    "configuration, or no file matched; 3 something could not be determined; 70 a bug.\n";

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  const std::size_t have = base::count_code_points(text);
  out.append(have < width ? width - have : 1, ' ');
  return out;
}

// One option a line, aligned; Boost's own layout wraps where it likes.
std::string options_text(const Command& command) {
  boost::program_options::options_description own;
  command.declare(own);
  std::string out;
  for (const auto& option : own.options()) {
    if (option->long_name() == command.positional) continue;
    std::string name = option->long_name().empty() ? option->format_name() : "--" + option->long_name();
    if (option->semantic()->max_tokens() > 0) name += " " + option->semantic()->name();
    out += "  " + padded(name, 24) + option->description() + "\n";
  }
  return out.empty() ? out : "Options:\n" + out + "\n";
}

}  // namespace

std::string version_text() { return "lock " LOCK_VERSION "\n"; }

std::string overview_text() {
  std::string out =
      "lock keeps the container images of a repository: people write tags, images.lock keeps digests.\n\n"
      "Usage: lock [GLOBAL OPTIONS] COMMAND [OPTIONS]\n\nCommands:\n";
  for (const Command& command : commands()) {
    const std::string left =
        std::string(command.name) + (command.arguments.empty() ? "" : " ") + std::string(command.arguments);
    out += "  " + padded(left, 24) + std::string(command.summary) + "\n";
  }
  return out + "\n" + std::string(kGlobalOptions) + "\n" + std::string(kExitStatus);
}

std::string command_text(const Command& command) {
  std::string out = "Usage: lock " + std::string(command.name) + " [OPTIONS]";
  if (!command.arguments.empty()) out += " " + std::string(command.arguments);
  out += "\n\n" + std::string(command.details) + "\n\n";
  return out + options_text(command) + std::string(kGlobalOptions);
}

std::string error_text(const Error& error, const Style& style) {
  std::string out;
  if (error.place && !error.place->file.empty()) {
    out += base::harmless(error.place->file) + ":" + std::to_string(error.place->position.line) + ":" +
           std::to_string(error.place->position.column) + ": ";
  }
  out += style.red("error") + ": " + base::harmless(describe(error), 4000) + "\n";
  if (error.place) {
    const std::string caret = base::draw_caret(*error.place);
    if (!caret.empty()) {
      for (const auto line : base::split(caret, '\n')) out += "  | " + std::string(line) + "\n";
    }
  }
  if (!error.hint.empty()) out += "  " + style.bold("hint:") + " " + base::harmless(error.hint, 1000) + "\n";
  return out;
}

}  // namespace lock::cli
