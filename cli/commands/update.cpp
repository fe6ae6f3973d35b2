#include "lockfile/ops/update.hpp"

#include <set>

#include "cli/commands/all.hpp"
#include "cli/commands/run.hpp"
#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

namespace options = boost::program_options;

void declare(options::options_description& description) {
  auto add = description.add_options();
  add("image", options::value<std::vector<std::string>>(), "");
  add("upgrade", options::bool_switch(), "resolve every tag anew");
  add("check", options::bool_switch(), "ask no registry; exit 1 if the lock is out of date");
  add("dry-run", options::bool_switch(), "show what would change, write nothing");
  add("allow-missing-platforms", options::bool_switch(), "take a new digest that lacks a platform in use");
}

Result<ops::UpdateOptions> read_options(const options::variables_map& values) {
  ops::UpdateOptions out;
  if (values.contains("image")) out.images = values["image"].as<std::vector<std::string>>();
  out.upgrade = values["upgrade"].as<bool>();
  out.dry_run = values["dry-run"].as<bool>();
  out.allow_missing_platforms = values["allow-missing-platforms"].as<bool>();
  if (values["check"].as<bool>() && (out.upgrade || !out.images.empty())) {
    return fail(ErrorKind::usage, "--check asks no registry, so it cannot resolve anything anew",
                "`lock outdated` shows tags that have moved");
  }
  return out;
}

std::string short_digest(const std::string& digest) { return digest.substr(0, 19); }

std::string change_text(const ops::UpdateChange& change, const Style& style) {
  std::string sign = "~";
  if (change.change == document::Change::added) sign = style.green("+");
  if (change.change == document::Change::removed) sign = style.red("-");
  std::string out = "  " + sign + " " + base::harmless(change.reference, 300);
  if (!change.old_digest.empty() && !change.new_digest.empty()) {
    out += " " + short_digest(change.old_digest) + " -> " + short_digest(change.new_digest);
  } else {
    const std::string& only = change.old_digest.empty() ? change.new_digest : change.old_digest;
    if (!only.empty()) out += " " + short_digest(only);
  }
  if (!change.reason.empty()) out += style.dim(" (" + base::harmless(change.reason) + ")");
  return out + "\n";
}

std::string changes_text(const std::vector<ops::UpdateChange>& changes, const Style& style) {
  std::string out;
  std::string lock;
  for (const ops::UpdateChange& change : changes) {
    if (change.lock_file != lock) out += style.bold(lock = change.lock_file) + "\n";
    out += change_text(change, style);
  }
  return out;
}

boost::json::object to_json(const ops::UpdateChange& change) {
  boost::json::object out;
  out["reference"] = change.reference;
  out["change"] = document::name_of(change.change);
  out["old"] = change.old_digest;
  out["new"] = change.new_digest;
  out["reason"] = change.reason;
  out["lock"] = change.lock_file;
  return out;
}

std::string summary(const ops::UpdateResult& result, bool check, bool dry_run) {
  if (result.changes.empty()) {
    return (result.undetermined.empty() ? "up to date: " : "nothing changed: ") +
           base::count_of(result.counts.entries, "image") + " locked\n";
  }
  const std::string what = base::count_of(result.changes.size(), "change");
  if (check) return what + " needed: run `lock update`\n";
  if (dry_run) return what + ", nothing written\n";
  return what + ", " + base::count_of(result.counts.entries, "image") + " locked, " +
         base::count_of(result.counts.written, "file") + " written\n";
}

Result<ops::UpdateResult> update(const Scanned& scanned, const ops::UpdateOptions& wanted, Session& session) {
  auto registry = session.open_registry(scanned.opened.workspace, session);
  if (!registry) return std::unexpected(registry.error());
  return ops::update(scanned.opened.workspace, scanned.scan, wanted, **registry);
}

Result<Outcome> run(const options::variables_map& values, Session& session) {
  auto wanted = read_options(values);
  if (!wanted) return std::unexpected(wanted.error());
  auto scanned = scan_workspace(session);
  if (!scanned) return std::unexpected(scanned.error());
  const ops::Workspace& workspace = scanned->opened.workspace;
  const bool check = values["check"].as<bool>();
  auto result = check ? ops::check_update(workspace, scanned->scan) : update(*scanned, *wanted, session);
  if (!result) return std::unexpected(result.error());
  Outcome outcome;
  Report& report = outcome.report;
  report.findings = result->findings;
  report.undetermined = result->undetermined;
  read_lines(workspace.root, report.findings, report.undetermined);
  outcome.status = exit_status(report);
  if (check && !result->changes.empty()) outcome.status = exit_code::failed;
  report.document["schema"] = 1;
  report.document["status"] = status_name(outcome.status);
  boost::json::array changes;
  for (const auto& change : result->changes) changes.push_back(to_json(change));
  report.document["changes"] = std::move(changes);
  report.document["findings"] = cli::to_json(report.findings);
  report.document["undetermined"] = cli::to_json(report.undetermined);
  report.text = [changes = result->changes, found = report.findings, unknown = report.undetermined,
                 all = session.global.verbose](const Style& style) {
    Report shown;
    shown.findings = found;
    shown.undetermined = unknown;
    return changes_text(changes, style) + findings_text(shown, style, all);
  };
  if (!session.global.quiet) session.streams.err(summary(*result, check, wanted->dry_run));
  return outcome;
}

}  // namespace

const Command update_command = {
    .name = "update",
    .arguments = "[IMAGE…]",
    .summary = "bring images.lock in line with the tree",
    .details =
        "Makes the smallest change: locks what is new, drops what is gone, keeps known digests. A tag that is locked "
        "is\n"
        "not asked for again unless IMAGE names it, or --upgrade names all. What could not be determined keeps its\n"
        "entry and is listed; the exit status is then 3.",
    .declare = declare,
    .positional = "image",
    .most_positional = -1,
    .run = run,
};

}  // namespace lock::cli
