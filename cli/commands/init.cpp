#include "lockfile/ops/init.hpp"

#include "cli/commands/all.hpp"
#include "cli/commands/run.hpp"

namespace lock::cli {
namespace {

void declare(boost::program_options::options_description&) {}

Result<Outcome> run(const boost::program_options::variables_map&, Session& session) {
  auto scanned = scan_workspace(session);
  if (!scanned) return std::unexpected(scanned.error());
  const auto result = ops::init(scanned->opened.workspace, scanned->scan);
  if (!result) return std::unexpected(result.error());
  Outcome outcome;
  outcome.report.document["schema"] = 1;
  outcome.report.document["file"] = result->file;
  outcome.report.text = [file = result->file](const Style&) {
    return "wrote " + file + "\nnext: `lock update`, then commit " + file + " and images.lock\n";
  };
  return outcome;
}

}  // namespace

const Command init_command = {
    .name = "init",
    .arguments = "",
    .summary = "write a starting images.toml that fits the tree",
    .details = "Writes a commented images.toml at the root. An existing one is not touched.",
    .declare = declare,
    .positional = "",
    .most_positional = 0,
    .run = run,
};

}  // namespace lock::cli
