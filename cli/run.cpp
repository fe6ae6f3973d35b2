#include "cli/run.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "cli/help.hpp"
#include "resolver/base/duration.hpp"
#include "resolver/base/file.hpp"
#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

namespace options = boost::program_options;

// Options that take a value, wherever they stand; needed to find the command among the arguments.
constexpr std::array<std::string_view, 5> kGlobalWithValue = {"-C", "--config", "--report", "--color", "--timeout"};

// The index of the first argument that is no option and no option's value.
std::optional<std::size_t> find_command_word(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (std::ranges::find(kGlobalWithValue, arguments[i]) != kGlobalWithValue.end()) {
      ++i;
    } else if (!arguments[i].starts_with('-')) {
      return i;
    }
  }
  return std::nullopt;
}

options::options_description describe_global(GlobalOptions& global) {
  options::options_description description("Global options");
  auto add = description.add_options();
  add(",C", options::value(&global.directory)->value_name("DIR"), "run as if started in DIR");
  add("config", options::value(&global.config)->value_name("FILE"), "read FILE instead of the scope's images.toml");
  add("report", options::value(&global.reports)->composing()->value_name("FORMAT[=FILE]"),
      "report as text or json, to FILE or standard output; may be repeated");
  add("color", options::value(&global.color)->value_name("WHEN"), "auto, always or never");
  add("quiet,q", options::bool_switch(&global.quiet), "no progress and no summary on standard error");
  add("verbose,v", options::bool_switch(&global.verbose), "say what was asked of whom");
  add("timeout", options::value(&global.timeout)->value_name("DURATION"),
      "ask registries no longer than this (90s, 10m, 2h); what is open then is undetermined");
  add("help,h", "show help");
  return description;
}

std::unexpected<Error> usage(std::string message, std::string hint) {
  return fail(ErrorKind::usage, std::move(message), std::move(hint));
}

// Words for what Boost.Program_options refuses, with the name of a near option.
std::unexpected<Error> refuse(const options::error& error, const options::options_description& known,
                              std::string_view command) {
  std::string hint = "`lock " + std::string(command) + " --help` lists the options";
  if (const auto* unknown = dynamic_cast<const options::unknown_option*>(&error)) {
    std::vector<std::string> names;
    for (const auto& option : known.options()) names.push_back("--" + option->long_name());
    const std::vector<std::string_view> views(names.begin(), names.end());
    const std::string written = unknown->get_option_name();
    if (const auto near = base::near_name(written, views)) hint = "did you mean " + *near + "? " + hint;
    return usage("unknown option '" + base::harmless(written, 80) + "'", hint);
  }
  return usage(base::harmless(error.what()), hint);
}

struct Parsed {
  options::variables_map values;
};

Result<Parsed> parse(const std::vector<std::string>& words, const Command* command, GlobalOptions& global) {
  options::options_description all = describe_global(global);
  options::options_description own("Options");
  options::positional_options_description positional;
  if (command != nullptr) {
    command->declare(own);
    if (!command->positional.empty()) {
      positional.add(std::string(command->positional).c_str(), command->most_positional);
    }
    all.add(own);
  }
  Parsed parsed;
  const std::string_view name = command == nullptr ? std::string_view() : command->name;
  try {
    namespace style = options::command_line_style;
    const int exact = style::default_style & ~style::allow_guessing;
    options::store(options::command_line_parser(words).options(all).positional(positional).style(exact).run(),
                   parsed.values);
    options::notify(parsed.values);
  } catch (const options::error& error) {
    return refuse(error, all, name);
  }
  return parsed;
}

struct Destination {
  const Format* format;
  std::string file;  // empty: standard output
};

Result<std::vector<Destination>> read_destinations(const GlobalOptions& global, const Command& command) {
  std::vector<Destination> out;
  for (const std::string& text : global.reports) {
    const std::size_t equals = text.find('=');
    const Format* format = find_format(text.substr(0, equals));
    if (format == nullptr) {
      std::string known;
      for (const Format& one : formats()) known += (known.empty() ? "" : ", ") + std::string(one.name);
      return usage("unknown report format '" + base::harmless(text.substr(0, equals), 40) + "'",
                   "formats are " + known);
    }
    out.push_back({format, equals == std::string::npos ? "" : text.substr(equals + 1)});
    if (equals != std::string::npos && out.back().file.empty()) return usage("--report " + text + " names no file", "");
  }
  const auto to_output = std::ranges::count_if(out, [](const Destination& one) { return one.file.empty(); });
  if (to_output > 0 && command.is_filter) {
    return usage("standard output is for what `lock " + std::string(command.name) + "` passes on",
                 "give the report a file: --report json=FILE");
  }
  if (to_output > 1) {
    return usage("at most one report goes to standard output", "give the others a file: --report json=FILE");
  }
  if (to_output == 0) out.push_back({find_format("text"), ""});
  return out;
}

bool wants_colour(const GlobalOptions& global, bool terminal) {
  return global.color == "always" || (global.color == "auto" && terminal);
}

// Every destination is tried; the first failure is reported.
Result<void> write_reports(const Report& report, const std::vector<Destination>& destinations, bool is_filter,
                           Session& session) {
  Result<void> result;
  for (const Destination& destination : destinations) {
    if (destination.file.empty()) {
      const Streams& to = session.streams;
      const Style style{wants_colour(session.global, is_filter ? to.err_is_terminal : to.out_is_terminal)};
      (is_filter ? to.err : to.out)(destination.format->render(report, style));
      continue;
    }
    auto written = base::write_file_atomically(destination.file, destination.format->render(report, Style{}));
    if (!written && result) result = while_doing("could not write the report " + destination.file, written.error());
  }
  return result;
}

int report_error(const Error& error, Session& session) {
  const Style style{wants_colour(session.global, session.streams.err_is_terminal)};
  session.streams.err(error_text(error, style));
  return exit_status(error);
}

}  // namespace

int run(const std::vector<std::string>& arguments, Session& session) {
  const auto started = std::chrono::steady_clock::now();
  std::vector<std::string> words = arguments;
  const auto at = find_command_word(words);
  if (std::ranges::find(words, "--version") != words.end()) {
    session.streams.out(version_text());
    return exit_code::ok;
  }
  const Command* command = nullptr;
  if (at) {
    command = find_command(words[*at]);
    if (command == nullptr && words[*at] == "help") {
      const Command* topic = *at + 1 < words.size() ? find_command(words[*at + 1]) : nullptr;
      session.streams.out(topic == nullptr ? overview_text() : command_text(*topic));
      return exit_code::ok;
    }
    if (command == nullptr) {
      std::vector<std::string_view> names;
      for (const Command& one : commands()) names.push_back(one.name);
      const auto near = base::near_name(words[*at], names);
      return report_error(Error{ErrorKind::usage,
                                "unknown command '" + base::harmless(words[*at], 40) + "'",
                                {},
                                near ? "did you mean `lock " + *near + "`?" : "`lock --help` lists the commands",
                                {}},
                          session);
    }
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(*at));
  }
  auto parsed = parse(words, command, session.global);
  if (!parsed) return report_error(parsed.error(), session);
  if (parsed->values.contains("help")) {
    session.streams.out(command == nullptr ? overview_text() : command_text(*command));
    return exit_code::ok;
  }
  if (command == nullptr) {
    session.streams.err(overview_text());
    return exit_code::usage;
  }
  if (session.global.color != "auto" && session.global.color != "always" && session.global.color != "never") {
    return report_error(Error{ErrorKind::usage, "--color takes auto, always or never", {}, "", {}}, session);
  }
  if (!session.global.timeout.empty()) {
    const auto most = base::parse_duration(session.global.timeout);
    if (!most) {
      return report_error(Error{ErrorKind::usage,
                                "--timeout takes a duration, not '" + base::harmless(session.global.timeout, 40) + "'",
                                {},
                                "a whole number with s, m, h or d behind it: --timeout 10m",
                                {}},
                          session);
    }
    session.deadline = started + *most;
  }
  const auto destinations = read_destinations(session.global, *command);
  if (!destinations) return report_error(destinations.error(), session);
  auto outcome = command->run(parsed->values, session);
  if (session.global.verbose && session.registry_account) session.streams.err(session.registry_account());
  if (!outcome) return report_error(outcome.error(), session);
  if (auto written = write_reports(outcome->report, *destinations, command->is_filter, session); !written) {
    const int status = report_error(written.error(), session);
    return outcome->status == exit_code::failed ? exit_code::failed : status;
  }
  if (!session.global.quiet) session.streams.err(outcome->summary);
  if (outcome->data) session.streams.out(*outcome->data);
  return outcome->status;
}

}  // namespace lock::cli
