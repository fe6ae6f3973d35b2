#include "cli/commands/edits.hpp"

#include <memory>

#include "cli/commands/run.hpp"
#include "cli/report/unified_diff.hpp"
#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

namespace options = boost::program_options;

constexpr std::size_t kMostKept = 10;

std::string where(const Place& place) {
  return base::harmless(place.file) + ":" + std::to_string(place.position.line) + ":" +
         std::to_string(place.position.column);
}

boost::json::object row(const std::string& reference, const Place& place) {
  boost::json::object out;
  out["reference"] = reference;
  out["file"] = place.file;
  out["line"] = place.position.line;
  out["column"] = place.position.column;
  return out;
}

std::string summary(const ops::PinResult& result, bool dry_run, const EditWords& words) {
  std::string out;
  if (result.changed.empty()) {
    out = "nothing to " + std::string(words.command);
  } else {
    out = base::count_of(result.changed.size(), "place") + " in " + base::count_of(result.files.size(), "file") +
          (dry_run ? " to be " : " ") + std::string(words.done);
  }
  if (result.unchanged != 0) out += ", " + std::to_string(result.unchanged) + " already";
  if (!result.kept.empty()) out += ", " + std::to_string(result.kept.size()) + " left as they are";
  if (dry_run && !result.changed.empty()) out += ": run `lock " + std::string(words.command) + "`";
  return out + "\n";
}

}  // namespace

boost::json::array changes_json(const ops::EditingResult& result) {
  boost::json::array out;
  for (const ops::PinnedPlace& changed : result.changed) {
    out.push_back(row(changed.reference, changed.place));
    out.back().as_object()["digest"] = changed.digest;
  }
  return out;
}

boost::json::array kept_json(const ops::EditingResult& result) {
  boost::json::array out;
  for (const ops::KeptPlace& kept : result.kept) {
    out.push_back(row(kept.reference, kept.place));
    out.back().as_object()["reason"] = kept.reason;
  }
  return out;
}

std::string changes_text(const ops::EditingResult& result, const Style& style) {
  std::string out;
  for (const ops::PinnedPlace& changed : result.changed) {
    out += where(changed.place) + ": " + base::harmless(changed.reference, 300) + " " +
           style.green(changed.digest.substr(0, 19)) + "\n";
  }
  return out;
}

// What nothing can be done about here; the rest is among the findings.
std::string kept_text(const ops::EditingResult& result, const Style& style, bool all) {
  std::string out;
  std::size_t count = 0;
  for (const ops::KeptPlace& kept : result.kept) {
    if (kept.why != ops::KeptPlace::Why::cannot || (++count > kMostKept && !all)) continue;
    out += where(kept.place) + ": " + base::harmless(kept.reference, 300) + " " + style.yellow("left as it is") + ": " +
           base::harmless(kept.reason) + "\n";
  }
  if (count > kMostKept && !all) {
    out += style.dim("… and " + std::to_string(count - kMostKept) + " more left as they are, -v shows all") + "\n";
  }
  return out;
}

void declare_edit(options::options_description& description) {
  auto add = description.add_options();
  add("target", options::value<std::vector<std::string>>(), "");
  add("check", options::bool_switch(), "write nothing; exit 1 if something would change");
  add("diff", options::bool_switch(), "write nothing; show the change as a unified diff");
}

Result<Outcome> run_edit(const options::variables_map& values, Session& session, EditDeed deed,
                         const EditWords& words) {
  ops::PinOptions wanted;
  if (values.contains("target")) wanted.targets = values["target"].as<std::vector<std::string>>();
  const bool check = values["check"].as<bool>();
  const bool diff = values["diff"].as<bool>();
  wanted.start = session.global.directory;
  wanted.dry_run = check || diff;
  auto scanned = scan_workspace(session);
  if (!scanned) return std::unexpected(scanned.error());
  auto done = deed(scanned->opened, scanned->scan, wanted);
  if (!done) return std::unexpected(done.error());
  const auto result = std::make_shared<ops::PinResult>(std::move(*done));
  Outcome outcome;
  Report& report = outcome.report;
  report.findings = result->findings;
  report.undetermined = result->undetermined;
  read_lines(scanned->opened.workspace.root, report.findings, report.undetermined);
  outcome.status = exit_status(report);
  if (check && !result->changed.empty()) outcome.status = exit_code::failed;
  report.document["schema"] = 1;
  report.document["status"] = status_name(outcome.status);
  report.document["changes"] = changes_json(*result);
  report.document["kept"] = kept_json(*result);
  report.document["findings"] = to_json(report.findings);
  report.document["undetermined"] = to_json(report.undetermined);
  Report findings;
  findings.findings = report.findings;
  findings.undetermined = report.undetermined;
  const bool all = session.global.verbose;
  report.text = [=](const Style& style) {
    std::string out;
    if (diff) {
      for (const auto& file : result->files) out += unified_diff(file.file, file.before, file.after, style);
      return out;
    }
    return changes_text(*result, style) + kept_text(*result, style, all) + findings_text(findings, style, all);
  };
  outcome.summary = summary(*result, wanted.dry_run, words);
  if (diff) outcome.summary = kept_text(*result, {}, all) + findings_text(findings, {}, all) + outcome.summary;
  return outcome;
}

}  // namespace lock::cli
