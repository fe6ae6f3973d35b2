// A command is one file: a constant record that describes it, and one function. `commands()` is the sorted table; to
// add a command, add its file and its row.
//
// A command turns options into a deed of lockfile/ops and the result into a Report. It decides nothing: the exit
// status follows from the report by one rule (`exit_status`).
#pragma once

#include <boost/program_options.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/report/report.hpp"
#include "resolver/base/error.hpp"
#include "resolver/image/copier.hpp"
#include "resolver/image/registry.hpp"
#include "resolver/image/signature.hpp"

namespace lock::ops {
struct MirrorDestination;
struct Workspace;
}  // namespace lock::ops

namespace lock::cli {

namespace exit_code {
inline constexpr int ok = 0;
inline constexpr int failed = 1;
inline constexpr int usage = 2;
inline constexpr int undetermined = 3;
inline constexpr int bug = 70;
}  // namespace exit_code

struct GlobalOptions {
  std::string directory = ".";       // -C
  std::string config;                // --config; empty: images.toml of the scope
  std::vector<std::string> reports;  // FORMAT[=FILE]
  std::string color = "auto";
  bool quiet = false;
  bool verbose = false;
  std::string timeout;  // "90s"; empty: none
};

// The streams and what lies behind them. Data goes to `out`, all else to `err`.
struct Streams {
  std::function<std::string(std::size_t most)> read_input;  // all of standard input, cut one byte after `most`
  std::function<void(std::string_view)> out;
  std::function<void(std::string_view)> err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
};

// What a command may use of the outside world. Concrete registries are chosen in cli/assemble.cpp only.
struct Session {
  GlobalOptions global;
  Streams streams;
  std::chrono::sys_seconds now;
  // After it no registry is asked any more (--timeout).
  std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt;
  // At most one a run; it stays open until the session ends, so that -v can tell what was asked of whom.
  std::function<Result<image::Registry*>(const ops::Workspace&, const Session&)> open_registry;
  // Copies with what `open_registry` would read; instead of it, and at most one a run too.
  std::function<Result<image::Copier*>(const ops::Workspace&, const Session&, const ops::MirrorDestination&)>
      open_copier;
  // Finds and verifies signatures in the same registry, with the keys and trusted roots of the workspace.
  std::function<Result<image::SignatureVerifier*>(const ops::Workspace&, const Session&)> open_verifier;
  bool offline = false;  // set before opening: no socket, only layouts and the cache answer
  // Set before opening: how long a request to a registry may take. Absent: the client's own deadline.
  std::optional<std::chrono::milliseconds> request_deadline = std::nullopt;
  // Empty when no registry was opened.
  std::function<std::string()> registry_account;
};

struct Outcome {
  Report report;
  std::string summary;  // a line of counts for standard error, after the reports
  int status = exit_code::ok;
  std::optional<std::string> data;  // of a filter: for standard output, when all else has been said
};

struct Command {
  std::string_view name;
  std::string_view arguments;  // "[IMAGE…]"
  std::string_view summary;    // one line of the table in --help
  std::string_view details;    // paragraphs of `lock COMMAND --help`
  void (*declare)(boost::program_options::options_description& options);
  // Name of the positional option and how many may stand there; "" for none, -1 for any number.
  std::string_view positional;
  int most_positional;
  Result<Outcome> (*run)(const boost::program_options::variables_map& options, Session& session);
  bool is_filter = false;  // standard output is for its data; the text report goes to standard error
};

[[nodiscard]] std::span<const Command> commands();
[[nodiscard]] const Command* find_command(std::string_view name);

// 1 when an error finding stands, else 3 when something is undetermined, else 0.
[[nodiscard]] int exit_status(const Report& report);
// The status of a run that ended with an Error.
[[nodiscard]] int exit_status(const Error& error);

}  // namespace lock::cli
