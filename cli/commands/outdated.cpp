#include "lockfile/ops/outdated.hpp"

#include "cli/commands/all.hpp"
#include "cli/commands/run.hpp"
#include "cli/report/rows.hpp"
#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

namespace options = boost::program_options;

void declare(options::options_description& description) {
  description.add_options()("exit-code", options::bool_switch(), "exit 1 when a tag has moved");
}

boost::json::array texts(const std::vector<std::string>& from) {
  boost::json::array out;
  for (const std::string& one : from) out.push_back(boost::json::string(one));
  return out;
}

boost::json::object to_json(const ops::OutdatedImage& image) {
  boost::json::object platforms;
  platforms["added"] = texts(image.platforms_added);
  platforms["removed"] = texts(image.platforms_removed);
  boost::json::object out;
  out["reference"] = image.reference;
  out["locked"] = image.locked;
  out["current"] = image.current;
  out["platforms"] = std::move(platforms);
  out["signers"] = cli::to_json(image.signers_locked, image.signers_current);
  out["lock"] = image.lock_file;
  return out;
}

std::string to_text(const ops::OutdatedImage& image, const Style& style) {
  std::string out =
      base::harmless(image.reference, 300) + "\n  locked:  " + image.locked + "\n  current: " + image.current + "\n";
  if (!image.platforms_added.empty())
    out += "  " + style.green("adds") + " " + base::join(image.platforms_added, ", ") + "\n";
  if (!image.platforms_removed.empty())
    out += "  " + style.red("lacks") + " " + base::join(image.platforms_removed, ", ") + "\n";
  return out + signers_text(image.signers_locked, image.signers_current, "  ", style);
}

Result<Outcome> run(const options::variables_map& values, Session& session) {
  auto opened = open_workspace(session);
  if (!opened) return std::unexpected(opened.error());
  auto registry = session.open_registry(opened->workspace, session);
  if (!registry) return std::unexpected(registry.error());
  auto verifier = session.open_verifier(opened->workspace, session);
  if (!verifier) return std::unexpected(verifier.error());
  auto result = ops::outdated(opened->workspace, **registry, **verifier);
  if (!result) return std::unexpected(result.error());
  Outcome outcome;
  Report& report = outcome.report;
  report.findings = std::move(result->findings);
  report.undetermined = std::move(result->undetermined);
  read_lines(opened->workspace.root, report.findings, report.undetermined);
  outcome.status = exit_status(report);
  if (values["exit-code"].as<bool>() && !result->images.empty()) outcome.status = exit_code::failed;
  boost::json::array images;
  for (const auto& image : result->images) images.push_back(to_json(image));
  report.document["schema"] = 1;
  report.document["images"] = std::move(images);
  report.document["findings"] = cli::to_json(report.findings);
  report.document["undetermined"] = cli::to_json(report.undetermined);
  outcome.summary =
      base::count_of(result->asked, "tag") + " asked for, " + std::to_string(result->images.size()) + " moved\n";
  report.text = [images = result->images, shown = std::make_pair(report.findings, report.undetermined),
                 all = session.global.verbose](const Style& style) {
    std::string out;
    for (const auto& image : images) out += to_text(image, style);
    Report rest;
    rest.findings = shown.first;
    rest.undetermined = shown.second;
    return out + findings_text(rest, style, all);
  };
  return outcome;
}

}  // namespace

const Command outdated_command = {
    .name = "outdated",
    .arguments = "",
    .summary = "show tags that have moved since they were locked",
    .details =
        "Asks each locked tag what it is now, and of one that moved who signed it. A moved tag is news, not a\n"
        "failure: the exit status is 0 unless --exit-code is given. `lock update IMAGE` takes the new digest.",
    .declare = declare,
    .positional = "",
    .most_positional = 0,
    .run = run,
};

}  // namespace lock::cli
