#include "lockfile/ops/export.hpp"

#include "cli/commands/all.hpp"
#include "cli/commands/run.hpp"
#include "resolver/base/file.hpp"
#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

namespace options = boost::program_options;

void declare(options::options_description& description) {
  auto add = description.add_options();
  add("what", options::value<std::vector<std::string>>(), "");
  add("output", options::value<std::string>()->value_name("FILE"), "write FILE instead of standard output");
}

Result<Outcome> run(const options::variables_map& values, Session& session) {
  std::vector<std::string> words;
  if (values.contains("what")) words = values["what"].as<std::vector<std::string>>();
  if (words.empty()) {
    return fail(ErrorKind::usage, "expected a format", "`lock export --help` lists them");
  }
  const std::vector<std::string> paths(words.begin() + 1, words.end());
  const auto scanned = scan_workspace(session, paths);
  if (!scanned) return std::unexpected(scanned.error());
  const ops::Workspace& workspace = scanned->opened.workspace;
  auto result = ops::export_lock(workspace, scanned->scan, {words.front(), !paths.empty()});
  if (!result) return std::unexpected(result.error());
  Outcome outcome;
  Report& report = outcome.report;
  report.findings = std::move(result->findings);
  report.undetermined = std::move(result->undetermined);
  read_lines(workspace.root, report.findings, report.undetermined);
  outcome.status = exit_status(report);
  const std::string file = values.contains("output") ? values["output"].as<std::string>() : std::string();
  if (!file.empty()) {
    const auto written =
        base::write_file_atomically(std::filesystem::path(session.global.directory) / file, result->text);
    if (!written) return std::unexpected(written.error());
  }
  report.document["schema"] = 1;
  report.document["status"] = status_name(outcome.status);
  report.document["format"] = words.front();
  report.document["images"] = result->images;
  report.document[file.empty() ? "text" : "file"] = file.empty() ? result->text : file;
  report.document["findings"] = to_json(report.findings);
  report.document["undetermined"] = to_json(report.undetermined);
  // The exported text is the data, so all else is said beside it.
  report.text = [text = file.empty() ? result->text : std::string()](const Style&) { return text; };
  session.streams.err(findings_text(report, Style{}, session.global.verbose));
  if (!session.global.quiet) {
    session.streams.err(base::count_of(result->images, "image") + (file.empty() ? " exported" : " in " + file) + "\n");
  }
  return outcome;
}

}  // namespace

const Command export_command = {
    .name = "export",
    .arguments = "FORMAT [PATH…]",
    .summary = "write the locked digests as a file of another tool",
    .details =
        "The sources stay as they are. Formats:\n"
        "\n"
        "  buildkit-policy  source policy: builds use the locked base images\n"
        "  compose          override file: services use the locked images\n"
        "  helm-values      values file: a chart uses the locked images\n"
        "  kustomize        component: manifests get the locked digests\n"
        "\n"
        "PATH names the files or folders that belong together. What a format cannot say is a warning (not-exported),\n"
        "never left out silently; an image that is not locked is an error.",
    .declare = declare,
    .positional = "what",
    .most_positional = -1,
    .run = run,
};

}  // namespace lock::cli
