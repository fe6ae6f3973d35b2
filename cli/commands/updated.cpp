#include "cli/commands/updated.hpp"

#include "cli/commands/edits.hpp"
#include "cli/commands/run.hpp"
#include "cli/report/rows.hpp"
#include "cli/report/unified_diff.hpp"
#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

std::string short_digest(const std::string& digest) { return digest.substr(0, 19); }

std::string change_text(const ops::UpdateChange& change, const Style& style) {
  std::string sign = "~";
  if (change.change == document::Change::added) sign = style.green("+");
  if (change.change == document::Change::removed) sign = style.red("-");
  std::string out = "  " + sign + " " + base::harmless(change.reference, 300);
  if (!change.old_digest.empty() && !change.new_digest.empty() && change.old_digest != change.new_digest) {
    out += " " + short_digest(change.old_digest) + " -> " + short_digest(change.new_digest);
  } else {
    const std::string& only = change.old_digest.empty() ? change.new_digest : change.old_digest;
    if (!only.empty()) out += " " + short_digest(only);
  }
  if (!change.reason.empty()) out += style.dim(" (" + base::harmless(change.reason) + ")");
  return out + "\n" + signers_text(change.old_signers, change.new_signers, "    ", style);
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
  if (change.old_signers != change.new_signers) out["signers"] = cli::to_json(change.old_signers, change.new_signers);
  out["lock"] = change.lock_file;
  return out;
}

// The places, or the edits themselves where nothing was written.
std::string pins_text(const ops::EditingResult& pins, bool dry_run, const Style& style, bool all) {
  std::string out;
  for (const ops::ChangedFile& file : pins.files) {
    if (dry_run) out += unified_diff(file.file, file.before, file.after, style);
  }
  if (!dry_run && !pins.changed.empty()) out = style.bold("sources") + "\n" + changes_text(pins, style);
  return out + kept_text(pins, style, all);
}

std::string locked(const ops::UpdateCounts& counts) {
  const std::string rendered =
      counts.rendered == 0 ? "" : " (" + std::to_string(counts.rendered) + " of them by a rendering alone)";
  return base::count_of(counts.entries, "image") + " locked" + rendered;
}

std::string summary(const ops::UpdateResult& result, const UpdateKind& how) {
  if (result.changes.empty()) {
    return (result.undetermined.empty() ? "up to date: " : "nothing changed: ") + locked(result.counts) + "\n";
  }
  const std::string what = base::count_of(result.changes.size(), "change");
  if (how.check) return what + " needed: run `lock update`\n";
  if (how.dry_run) return what + ", nothing written\n";
  const std::size_t files = result.counts.written + result.pins.files.size();
  return what + ", " + locked(result.counts) + ", " + base::count_of(files, "file") + " written\n";
}

}  // namespace

Outcome updated(const ops::UpdateResult& result, const UpdateKind& how, const std::filesystem::path& root,
                const Session& session) {
  Outcome outcome;
  Report& report = outcome.report;
  report.findings = result.findings;
  report.undetermined = result.undetermined;
  read_lines(root, report.findings, report.undetermined);
  outcome.status = exit_status(report);
  if (how.check && !result.changes.empty()) outcome.status = exit_code::failed;
  report.document["schema"] = 1;
  report.document["status"] = status_name(outcome.status);
  boost::json::array changes;
  for (const auto& change : result.changes) changes.push_back(to_json(change));
  report.document["changes"] = std::move(changes);
  const ops::EditingResult& pins = result.pins;
  if (!pins.changed.empty() || !pins.kept.empty()) {
    report.document["pins"] = {{"changes", changes_json(pins)}, {"kept", kept_json(pins)}};
  }
  report.document["findings"] = cli::to_json(report.findings);
  report.document["undetermined"] = cli::to_json(report.undetermined);
  report.text = [changes = result.changes, pins = result.pins, found = report.findings, unknown = report.undetermined,
                 dry_run = how.dry_run, all = session.global.verbose](const Style& style) {
    Report shown;
    shown.findings = found;
    shown.undetermined = unknown;
    return changes_text(changes, style) + pins_text(pins, dry_run, style, all) + findings_text(shown, style, all);
  };
  outcome.summary = summary(result, how);
  return outcome;
}

}  // namespace lock::cli
