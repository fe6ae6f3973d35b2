#include "lockfile/ops/apply.hpp"

#include <memory>

#include "cli/commands/all.hpp"
#include "cli/commands/rendered_input.hpp"
#include "cli/commands/run.hpp"
#include "lockfile/ops/resource_list.hpp"
#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

namespace options = boost::program_options;

void declare(options::options_description& description) {
  auto add = description.add_options();
  add("file", options::value<std::vector<std::string>>(), "");
  add("allow-unlocked", options::bool_switch(), "let images pass that the lock does not hold, with a warning");
}

// One stream of documents.
std::string joined(const std::vector<ops::RenderedText>& texts) {
  std::string out;
  for (const ops::RenderedText& text : texts) {
    if (!out.empty()) {
      if (!out.ends_with('\n')) out += '\n';
      if (!text.bytes.starts_with("---")) out += "---\n";
    }
    out += text.bytes;
  }
  return out;
}

std::string changes_text(const ops::ApplyResult& result, const Style& style) {
  std::string out;
  for (const ops::AppliedPlace& changed : result.changed) {
    out += base::harmless(changed.place.file) + ":" + std::to_string(changed.place.position.line) + ":" +
           std::to_string(changed.place.position.column) + ": " + base::harmless(changed.reference, 300) + " " +
           style.green(changed.digest.substr(0, 19)) + "\n";
  }
  return out;
}

boost::json::array changes_json(const ops::ApplyResult& result) {
  boost::json::array out;
  for (const ops::AppliedPlace& changed : result.changed) {
    boost::json::object row;
    row["reference"] = changed.reference;
    row["digest"] = changed.digest;
    row["file"] = changed.place.file;
    row["line"] = changed.place.position.line;
    row["column"] = changed.place.position.column;
    row["path"] = changed.path;
    out.push_back(std::move(row));
  }
  return out;
}

std::string summary(const ops::ApplyResult& result, int status) {
  std::string out(status_name(status));
  out += ": " + base::count_of(result.checked.objects, "rendered image") + ", " +
         base::count_of(result.changed.size(), "digest") + " written";
  return out + (status == exit_code::ok ? "\n" : ", nothing passed on\n");
}

// What goes to standard output. A pipe must not carry on what failed; a function's results are its own report of that.
Result<std::optional<std::string>> data_of(const ops::ApplyResult& result, int status) {
  if (result.texts.size() == 1 && ops::is_resource_list(result.texts.front())) {
    auto bytes = ops::with_results(result.texts.front(), result.changed, result.findings, result.undetermined);
    if (!bytes) return std::unexpected(std::move(bytes.error()));
    return std::move(*bytes);
  }
  if (status != exit_code::ok) return std::optional<std::string>();
  return joined(result.texts);
}

Result<Outcome> run(const options::variables_map& values, Session& session) {
  std::vector<std::string> names = {"-"};
  if (values.contains("file")) names = values["file"].as<std::vector<std::string>>();
  auto opened = open_workspace(session);
  if (!opened) return std::unexpected(opened.error());
  const auto texts = read_rendered(names, session);
  if (!texts) return std::unexpected(texts.error());
  auto applied = ops::apply(opened->workspace, *texts, {.allow_unlocked = values["allow-unlocked"].as<bool>()});
  if (!applied) return std::unexpected(applied.error());
  read_lines(applied->texts, applied->findings, applied->undetermined);
  const auto result = std::make_shared<ops::ApplyResult>(std::move(*applied));
  Outcome outcome;
  Report& report = outcome.report;
  report.findings = result->findings;
  report.undetermined = result->undetermined;
  outcome.status = exit_status(report);
  auto data = data_of(*result, outcome.status);
  if (!data) return std::unexpected(data.error());
  outcome.data = std::move(*data);
  report.document["schema"] = 1;
  report.document["status"] = status_name(outcome.status);
  report.document["changes"] = changes_json(*result);
  report.document["findings"] = to_json(report.findings);
  report.document["undetermined"] = to_json(report.undetermined);
  const bool all = session.global.verbose;
  report.text = [=](const Style& style) {
    Report findings;
    findings.findings = result->findings;
    findings.undetermined = result->undetermined;
    return (all ? changes_text(*result, style) : std::string()) + findings_text(findings, style, all);
  };
  outcome.summary = summary(*result, outcome.status);
  return outcome;
}

}  // namespace

const Command apply_command = {
    .name = "apply",
    .arguments = "[FILE|DIR|-]…",
    .summary = "put the locked digests into rendered manifests",
    .details =
        "A filter: rendered manifests in (standard input without an argument), the same bytes with the locked digests\n"
        "out. A tag means the digest of its entry, a digest that is there already is checked, and an image that the\n"
        "lock does not hold is an error. Nothing is passed on unless all is well. A ResourceList of Kustomize or kpt\n"
        "comes back with its results.",
    .declare = declare,
    .positional = "file",
    .most_positional = -1,
    .run = run,
    .is_filter = true,
};

}  // namespace lock::cli
