#include "cli/commands/all.hpp"
#include "cli/commands/run.hpp"
#include "cli/report/rows.hpp"
#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

namespace options = boost::program_options;

void declare(options::options_description& description) {
  description.add_options()("path", options::value<std::vector<std::string>>(), "");
}

std::string counts_text(const ops::ScanCounts& counts) {
  std::string out = base::count_of(counts.resolved, "reference") + " in " + base::count_of(counts.files, "file");
  if (counts.unresolved != 0) out += ", " + std::to_string(counts.unresolved) + " unresolved";
  if (counts.ignored != 0) out += ", " + std::to_string(counts.ignored) + " ignored";
  if (counts.first_party != 0) out += ", " + std::to_string(counts.first_party) + " first-party";
  for (const auto& [name, count] : counts.left_out.skipped_folders) {
    out += "; skipped " + base::count_of(count, "folder") + " " + name;
  }
  if (counts.left_out.ignored != 0) out += "; " + std::to_string(counts.left_out.ignored) + " left out by .lockignore";
  return out + "\n";
}

Result<Outcome> run(const options::variables_map& values, Session& session) {
  std::vector<std::string> paths;
  if (values.contains("path")) paths = values["path"].as<std::vector<std::string>>();
  auto scanned = scan_workspace(session, std::move(paths));
  if (!scanned) return std::unexpected(scanned.error());
  Outcome outcome;
  Report& report = outcome.report;
  report.findings = std::move(scanned->scan.findings);
  report.undetermined = std::move(scanned->scan.undetermined);
  // What a scan shows are facts, not verdicts: only what could not be read changes the status.
  std::erase_if(report.findings, [](const image::Finding& one) { return one.check == "unresolved-reference"; });
  read_lines(scanned->opened.workspace.root, report.findings, report.undetermined);
  boost::json::array rows;
  std::vector<image::Occurrence> occurrences;
  for (const ops::ScopeScan& scope : scanned->scan.scopes) {
    for (const image::Occurrence& one : scope.occurrences) {
      rows.push_back(to_json(one));
      occurrences.push_back(one);
    }
  }
  outcome.status = exit_status(report);
  report.document["schema"] = 1;
  report.document["references"] = std::move(rows);
  report.document["findings"] = to_json(report.findings);
  report.document["undetermined"] = to_json(report.undetermined);
  const bool all = session.global.verbose;
  report.text = [occurrences = std::move(occurrences), all, counts = scanned->scan.counts, found = report.findings,
                 unknown = report.undetermined](const Style& style) {
    std::string out;
    for (const auto& one : occurrences) out += to_text(one, style);
    Report shown;
    shown.findings = found;
    shown.undetermined = unknown;
    return out + findings_text(shown, style, all);
  };
  outcome.summary = counts_text(scanned->scan.counts);
  return outcome;
}

}  // namespace

const Command scan_command = {
    .name = "scan",
    .arguments = "[PATH…]",
    .summary = "list every image reference of the tree",
    .details =
        "Lists the places where images are referenced, with what is known of each: resolved, unresolved (with the\n"
        "reason), ignored, first-party. No registry is asked. PATH keeps to files or folders.",
    .declare = declare,
    .positional = "path",
    .most_positional = -1,
    .run = run,
};

}  // namespace lock::cli
