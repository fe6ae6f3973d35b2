#include "lockfile/ops/merge.hpp"

#include "cli/commands/all.hpp"
#include "cli/commands/run.hpp"
#include "cli/commands/updated.hpp"
#include "lockfile/ops/resolve_merge.hpp"
#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

namespace options = boost::program_options;

void declare(options::options_description& description) {
  auto add = description.add_options();
  add("file", options::value<std::vector<std::string>>(), "");
  add("resolve", options::bool_switch(), "mend a lock that git left unmerged, from the versions in its index");
}

std::unexpected<Error> usage() {
  return fail(ErrorKind::usage, "expected BASE OURS THEIRS [NAME], or --resolve [FILE]",
              "as a merge driver git runs `lock merge %O %A %B %P`; `lock merge --resolve` mends what it could not");
}

Result<Outcome> drive(const std::vector<std::string>& files, Session& session) {
  if (files.size() < 3 || files.size() > 4) return usage();
  const std::filesystem::path folder = session.global.directory;
  const auto result = ops::merge({folder / files[0], folder / files[1], folder / files[2],
                                  files.size() == 4 ? files[3] : std::string("images.lock")});
  if (!result) return std::unexpected(result.error());
  Outcome outcome;
  outcome.report.findings = result->findings;
  outcome.status = exit_status(outcome.report);
  outcome.report.document["schema"] = 1;
  outcome.report.document["status"] = status_name(outcome.status);
  outcome.report.document["entries"] = result->entries;
  outcome.report.document["findings"] = to_json(outcome.report.findings);
  outcome.report.text = [found = result->findings](const Style& style) {
    std::string out;
    for (const image::Finding& finding : found) out += to_text(finding, style);
    return out;
  };
  return outcome;
}

// A path on the command line is relative to where the run was started, in a report to the root.
Result<std::string> below_root(const std::string& file, const ops::Workspace& workspace, const Session& session) {
  std::error_code failed;
  const auto path = std::filesystem::weakly_canonical(std::filesystem::path(session.global.directory) / file, failed);
  std::string relative = failed ? std::string() : path.lexically_relative(workspace.root).generic_string();
  if (!relative.empty() && relative != "." && !relative.starts_with("..")) return relative;
  return fail(ErrorKind::usage, "'" + base::harmless(file) + "' is no file of " + workspace.root.string());
}

Result<Outcome> resolve(const std::vector<std::string>& files, Session& session) {
  if (files.size() > 1) return usage();
  const auto scanned = scan_workspace(session);
  if (!scanned) return std::unexpected(scanned.error());
  const ops::Workspace& workspace = scanned->opened.workspace;
  Result<std::string> file;
  if (!files.empty()) file = below_root(files.front(), workspace, session);
  if (!file) return std::unexpected(file.error());
  auto registry = session.open_registry(workspace, session);
  if (!registry) return std::unexpected(registry.error());
  auto verifier = session.open_verifier(workspace, session);
  if (!verifier) return std::unexpected(verifier.error());
  const auto result =
      ops::resolve_merge(workspace, scanned->opened.listing, scanned->scan, *file, **registry, **verifier);
  if (!result) return std::unexpected(result.error());
  Outcome outcome = updated(*result, {}, workspace.root, session);
  if (result->counts.written != 0) outcome.summary += "next: `git add` it\n";
  return outcome;
}

Result<Outcome> run(const options::variables_map& values, Session& session) {
  std::vector<std::string> files;
  if (values.contains("file")) files = values["file"].as<std::vector<std::string>>();
  return values["resolve"].as<bool>() ? resolve(files, session) : drive(files, session);
}

}  // namespace

const Command merge_command = {
    .name = "merge",
    .arguments = "BASE OURS THEIRS",
    .summary = "merge two versions of images.lock, as git's merge driver",
    .details =
        "Merges entry by entry and writes the result to OURS. An entry that both sides changed stays between conflict\n"
        "markers, and the exit status is 1: only the registry or the merged tree can tell what it must be. A fourth\n"
        "argument is the name of the file, for messages. For git:\n"
        "\n"
        "  .gitattributes:  images.lock merge=lock\n"
        "  git config:      merge.lock.driver \"lock merge %O %A %B %P\"\n"
        "\n"
        "--resolve [FILE] merges the three versions in git's index (with or without the driver), then does as `lock "
        "update`\n"
        "does on the merged tree, and resolves anew what both sides changed.",
    .declare = declare,
    .positional = "file",
    .most_positional = -1,
    .run = run,
};

}  // namespace lock::cli
