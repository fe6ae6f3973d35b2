#include "lockfile/ops/verify.hpp"

#include "cli/commands/all.hpp"
#include "cli/commands/rendered_input.hpp"
#include "cli/commands/run.hpp"
#include "lockfile/ops/rendered.hpp"
#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

namespace options = boost::program_options;

void declare(options::options_description& description) {
  auto add = description.add_options();
  add("offline", options::bool_switch(), "compare lock and tree only: no socket");
  add("rendered", options::value<std::vector<std::string>>()->composing()->value_name("FILE|DIR|-"),
      "judge rendered manifests by the lock: no socket; may be repeated");
}

Result<ops::Verification> verify_rendered(const std::vector<std::string>& names, Session& session) {
  auto opened = open_workspace(session);
  if (!opened) return std::unexpected(opened.error());
  const auto texts = read_rendered(names, session);
  if (!texts) return std::unexpected(texts.error());
  auto verification = ops::verify_rendered(opened->workspace, *texts);
  if (verification) read_lines(session.global.directory, verification->findings, verification->undetermined);
  return verification;
}

Result<ops::Verification> verify_all(bool offline, Session& session) {
  auto scanned = scan_workspace(session);
  if (!scanned) return std::unexpected(scanned.error());
  const ops::Workspace& workspace = scanned->opened.workspace;
  auto verification = ops::verify_tree(workspace, scanned->scan);
  if (!verification) return std::unexpected(verification.error());
  if (!offline) {
    auto registry = session.open_registry(workspace, session);
    if (!registry) return std::unexpected(registry.error());
    auto remote = ops::verify_registry(workspace, scanned->scan, **registry);
    if (!remote) return std::unexpected(remote.error());
    ops::append(*verification, std::move(*remote));
  }
  read_lines(workspace.root, verification->findings, verification->undetermined);
  return verification;
}

std::string summary(const Report& report, const ops::VerifyCounts& counts, int status) {
  std::size_t errors = 0;
  for (const auto& one : report.findings) errors += one.severity == image::Severity::error ? 1 : 0;
  std::string out(status_name(status));
  out += ": " + base::count_of(counts.entries, "locked image");
  if (counts.occurrences != 0) out += ", " + base::count_of(counts.occurrences, "place") + " in the tree";
  if (counts.objects != 0) out += ", " + base::count_of(counts.objects, "rendered image");
  if (counts.digests != 0) out += ", " + base::count_of(counts.digests, "digest") + " asked for";
  if (counts.tags != 0) out += ", " + base::count_of(counts.tags, "tag") + " asked for";
  if (errors != 0) out += "; " + base::count_of(errors, "error");
  const std::size_t others = report.findings.size() - errors;
  if (others != 0) out += "; " + base::count_of(others, "warning or note", "warnings and notes");
  if (!report.undetermined.empty()) out += "; " + std::to_string(report.undetermined.size()) + " undetermined";
  return out + "\n";
}

boost::json::object counts_json(const ops::VerifyCounts& counts) {
  boost::json::object out;
  out["entries"] = counts.entries;
  out["occurrences"] = counts.occurrences;
  out["tags"] = counts.tags;
  out["digests"] = counts.digests;
  out["objects"] = counts.objects;
  return out;
}

Result<Outcome> run(const options::variables_map& values, Session& session) {
  const bool offline = values["offline"].as<bool>();
  const bool rendered = values.contains("rendered");
  if (offline && rendered) {
    return fail(ErrorKind::usage, "--offline and --rendered ask two questions", "--rendered opens no socket either");
  }
  auto verification = rendered ? verify_rendered(values["rendered"].as<std::vector<std::string>>(), session)
                               : verify_all(offline, session);
  if (!verification) return std::unexpected(verification.error());
  Outcome outcome;
  Report& report = outcome.report;
  report.findings = std::move(verification->findings);
  report.undetermined = std::move(verification->undetermined);
  outcome.status = exit_status(report);
  report.document["schema"] = 1;
  report.document["status"] = status_name(outcome.status);
  report.document["checked"] = counts_json(verification->checked);
  report.document["findings"] = to_json(report.findings);
  report.document["undetermined"] = to_json(report.undetermined);
  report.text = [shown = report, all = session.global.verbose,
                 line = summary(report, verification->checked, outcome.status)](const Style& style) {
    return findings_text(shown, style, all) + line;
  };
  return outcome;
}

}  // namespace

const Command verify_command = {
    .name = "verify",
    .arguments = "",
    .summary = "check the lock against tree, registries or rendered manifests",
    .details =
        "Without options: does the lock match the tree, is everything that is locked still there, and do the tags "
        "that\n"
        "a pipeline pulls still name it? --offline asks the first question alone. --rendered FILE asks another one\n"
        "instead: does every image in these manifests carry the locked digest?",
    .declare = declare,
    .positional = "",
    .most_positional = 0,
    .run = run,
};

}  // namespace lock::cli
