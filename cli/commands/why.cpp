#include "lockfile/ops/why.hpp"

#include "cli/commands/all.hpp"
#include "cli/commands/run.hpp"
#include "cli/report/rows.hpp"
#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

namespace options = boost::program_options;

void declare(options::options_description& description) {
  description.add_options()("image", options::value<std::string>(), "");
}

Result<Outcome> run(const options::variables_map& values, Session& session) {
  if (!values.contains("image")) {
    return fail(ErrorKind::usage, "`lock why` wants an image or a digest", "as in `lock why nginx:1.27`");
  }
  auto scanned = scan_workspace(session);
  if (!scanned) return std::unexpected(scanned.error());
  const auto found = ops::why(scanned->opened.workspace, scanned->scan, values["image"].as<std::string>());
  if (!found) return std::unexpected(found.error());
  Outcome outcome;
  boost::json::array rows;
  std::vector<image::Occurrence> occurrences;
  for (const image::Occurrence* one : found->occurrences) {
    rows.push_back(to_json(*one));
    occurrences.push_back(*one);
  }
  outcome.report.document["schema"] = 1;
  outcome.report.document["reference"] = found->reference;
  outcome.report.document["occurrences"] = std::move(rows);
  boost::json::array rendered;
  for (const ops::RenderedEntry& entry : found->rendered) {
    rendered.push_back({{"reference", entry.reference.canonical()}, {"lock", entry.lock_file}});
  }
  outcome.report.document["rendered"] = std::move(rendered);
  outcome.report.text = [occurrences = std::move(occurrences), rendered = found->rendered](const Style& style) {
    std::string out;
    for (const auto& one : occurrences) out += to_text(one, style);
    for (const ops::RenderedEntry& entry : rendered) {
      out += base::harmless(entry.lock_file) + ": " + base::harmless(entry.reference.familiar(), 300) + " " +
             style.dim("(only rendered: taken from manifests by `lock update --rendered`)") + "\n";
    }
    return out;
  };
  return outcome;
}

}  // namespace

const Command why_command = {
    .name = "why",
    .arguments = "IMAGE|DIGEST",
    .summary = "show every place that brings an image in",
    .details =
        "Shows the places of the tree that name IMAGE (without a tag: every tag of it), or whose lock entry holds\n"
        "DIGEST, the platform's digests included.",
    .declare = declare,
    .positional = "image",
    .most_positional = 1,
    .run = run,
};

}  // namespace lock::cli
