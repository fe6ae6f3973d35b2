#include "lockfile/ops/diff.hpp"

#include "cli/commands/all.hpp"
#include "cli/commands/run.hpp"
#include "cli/report/rows.hpp"
#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

namespace options = boost::program_options;

void declare(options::options_description& description) {
  auto add = description.add_options();
  add("side", options::value<std::vector<std::string>>(), "");
  add("exit-code", options::bool_switch(), "exit 1 when there is a difference");
}

std::vector<image::Signer> signers_of(const std::optional<document::Entry>& entry) {
  return entry ? entry->signers : std::vector<image::Signer>();
}

// "unsigned", or nothing that a list of signers does not say.
std::string state_of(const std::optional<document::Entry>& entry) {
  return entry ? std::string(document::name_of(entry->without_signer)) : std::string();
}

std::string_view origin_of(const std::optional<document::Entry>& entry) {
  return entry ? document::name_of(entry->origin) : std::string_view();
}

std::string digest_of(const std::optional<document::Entry>& entry) { return entry ? entry->digest.text() : ""; }

boost::json::object to_json(const ops::DiffRow& row) {
  boost::json::object out;
  out["reference"] = row.difference.either().key();
  out["change"] = document::name_of(row.difference.change);
  out["old"] = digest_of(row.difference.before);
  out["new"] = digest_of(row.difference.after);
  boost::json::array files;
  for (const std::string& file : row.files) files.push_back(boost::json::string(file));
  out["files"] = std::move(files);
  const auto before = signers_of(row.difference.before);
  const auto after = signers_of(row.difference.after);
  if (before != after) out["signers"] = cli::to_json(before, after);
  const auto was = origin_of(row.difference.before);
  const auto is = origin_of(row.difference.after);
  if (was != is) out["origin"] = {{"old", was}, {"new", is}};
  out["lock"] = row.lock_file;
  return out;
}

std::string platforms_text(const document::Entry& entry) {
  std::string out;
  for (const auto& one : entry.platforms) out += (out.empty() ? "" : ", ") + one.platform.text();
  return out;
}

std::string to_text(const ops::DiffRow& row, const Style& style) {
  const document::Difference& difference = row.difference;
  std::string out = std::string(document::name_of(difference.change)) + " " +
                    style.bold(base::harmless(difference.either().key(), 300)) + "\n";
  if (difference.before) out += "  " + style.red("-") + " " + digest_of(difference.before) + "\n";
  if (difference.after) out += "  " + style.green("+") + " " + digest_of(difference.after) + "\n";
  if (difference.before && difference.after &&
      platforms_text(*difference.before) != platforms_text(*difference.after)) {
    out += "  platforms: " + platforms_text(*difference.before) + " -> " + platforms_text(*difference.after) + "\n";
  }
  const auto shown_as = [](std::string_view origin) { return origin.empty() ? "the tree" : "a rendering"; };
  const bool both = difference.before && difference.after;
  if (const auto was = origin_of(difference.before), is = origin_of(difference.after); both && was != is) {
    out += std::string("  there because of ") + shown_as(is) + ", before of " + shown_as(was) + "\n";
  } else if (!both && (!was.empty() || !is.empty())) {
    out += "  only rendering shows it\n";
  }
  const auto before = signers_of(difference.before);
  const auto after = signers_of(difference.after);
  out += signers_text(before, after, "  ", style);
  if (before.empty() != after.empty() || state_of(difference.before) != state_of(difference.after)) {
    if (!state_of(difference.before).empty()) out += "  " + style.red("-") + " " + state_of(difference.before) + "\n";
    if (!state_of(difference.after).empty()) out += "  " + style.green("+") + " " + state_of(difference.after) + "\n";
  }
  if (!row.files.empty()) out += "  in " + base::harmless(base::join(row.files, ", "), 1000) + "\n";
  return out;
}

Result<Outcome> run(const options::variables_map& values, Session& session) {
  std::vector<std::string> sides;
  if (values.contains("side")) sides = values["side"].as<std::vector<std::string>>();
  sides.resize(2);
  auto scanned = scan_workspace(session);
  if (!scanned) return std::unexpected(scanned.error());
  const auto result = ops::diff(scanned->opened.workspace, scanned->scan, {sides[0], sides[1]});
  if (!result) return std::unexpected(result.error());
  Outcome outcome;
  if (values["exit-code"].as<bool>() && !result->rows.empty()) outcome.status = exit_code::failed;
  boost::json::array changes;
  for (const auto& row : result->rows) changes.push_back(to_json(row));
  outcome.report.document["schema"] = 1;
  outcome.report.document["status"] = status_name(outcome.status);
  outcome.report.document["changes"] = std::move(changes);
  outcome.report.document["findings"] = boost::json::array();
  outcome.report.document["undetermined"] = boost::json::array();
  outcome.report.text = [rows = result->rows](const Style& style) {
    std::string out;
    for (const auto& row : rows) out += to_text(row, style);
    return out.empty() ? std::string("no difference\n") : out;
  };
  return outcome;
}

}  // namespace

const Command diff_command = {
    .name = "diff",
    .arguments = "[OLD] [NEW]",
    .summary = "show what differs between two locks",
    .details =
        "Each side is a path of a lock or a git revision; by default HEAD and the work tree. Shows images, digests,\n"
        "platforms, signers, and the files that name them. The exit status is 0 unless --exit-code is given.",
    .declare = declare,
    .positional = "side",
    .most_positional = 2,
    .run = run,
};

}  // namespace lock::cli
