#include "lockfile/ops/explain.hpp"
#include "cli/commands/all.hpp"
#include "cli/commands/run.hpp"
#include "lockfile/policy/checks.hpp"
#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

namespace options = boost::program_options;

void declare(options::options_description& description) {
  description.add_options()("asked", options::value<std::string>(), "");
}

std::unexpected<Error> unknown(const std::string& asked) {
  std::vector<std::string_view> ids;
  for (const policy::Check& check : policy::checks()) ids.push_back(check.id);
  const auto near = base::near_name(asked, ids);
  return fail(
      ErrorKind::usage, "there is no check '" + base::harmless(asked, 80) + "'",
      near ? "did you mean " + *near + "?"
           : "the ids stand in brackets at the end of each finding; an image is written with its tag or registry");
}

Outcome explain_check(const policy::Check& check) {
  Outcome outcome;
  outcome.report.document["schema"] = 1;
  outcome.report.document["check"] = check.id;
  outcome.report.document["summary"] = check.summary;
  outcome.report.document["page"] = check.page;
  outcome.report.text = [&check](const Style& style) {
    return style.bold(check.id) + ": " + std::string(check.summary) + "\n\n" + std::string(check.page) + "\n";
  };
  return outcome;
}

// "images.toml:7: [[rule]]: must be signed by ours", with the folders where it is not the root's.
std::string line_of(const ops::DecidingRule& rule) {
  std::string out = "  " + rule.place.file + ":" + std::to_string(rule.place.position.line) + ": " +
                    std::string(name_of(rule.kind)) + ": ";
  switch (rule.kind) {
    case ops::DecidingRule::Kind::signatures: out += "must be signed by " + rule.demand; break;
    case ops::DecidingRule::Kind::first_party: out += "built here, its digest comes from the build"; break;
  }
  std::vector<std::string> scopes;
  for (const std::string& scope : rule.scopes) scopes.push_back(scope.empty() ? "the root" : scope);
  if (scopes != std::vector<std::string>{"the root"}) out += " (in " + base::join(scopes, ", ") + ")";
  return out + "\n";
}

Result<Outcome> explain_image(const std::string& asked, Session& session) {
  auto image = image::Reference::parse(asked);
  if (!image) {
    Error error = image.error();
    error.kind = ErrorKind::usage;
    return std::unexpected(std::move(error));
  }
  const auto opened = open_workspace(session);
  if (!opened) return std::unexpected(opened.error());
  const auto rules = ops::explain(opened->workspace, *image);
  Outcome outcome;
  boost::json::array rows;
  for (const ops::DecidingRule& rule : rules) {
    rows.push_back(boost::json::object{{"rule", name_of(rule.kind)},
                                       {"file", rule.place.file},
                                       {"line", rule.place.position.line},
                                       {"demand", rule.demand},
                                       {"scopes", boost::json::value_from(rule.scopes)}});
  }
  outcome.report.document["schema"] = 1;
  outcome.report.document["reference"] = image->canonical();
  outcome.report.document["rules"] = std::move(rows);
  outcome.report.text = [rules, name = image->familiar()](const Style& style) {
    std::string out = style.bold(name) + "\n";
    for (const ops::DecidingRule& rule : rules) out += line_of(rule);
    if (rules.empty())
      out += "  no rule of images.toml asks anything of it; signers that the lock records must still sign\n";
    return out;
  };
  return outcome;
}

Result<Outcome> run(const options::variables_map& values, Session& session) {
  if (!values.contains("asked")) {
    return fail(ErrorKind::usage, "`lock explain` wants the id of a check, or an image",
                "as in `lock explain digest-gone` or `lock explain nginx:1.27`");
  }
  const auto asked = values["asked"].as<std::string>();
  if (const policy::Check* check = policy::find_check(asked)) return explain_check(*check);
  // Every id of a check could be the name of an image too: an image says more than a bare word.
  if (asked.find_first_of(":/@") == std::string::npos) return unknown(asked);
  return explain_image(asked, session);
}

}  // namespace

const Command explain_command = {
    .name = "explain",
    .arguments = "CHECK|IMAGE",
    .summary = "say what a check looks at, or which rule decides about an image",
    .details =
        "Prints the page of a check: its id stands in brackets at the end of each finding. Of an image, written\n"
        "with its tag or registry, it shows the rules of images.toml that hold for it, each with its line.",
    .declare = declare,
    .positional = "asked",
    .most_positional = 1,
    .run = run,
};

}  // namespace lock::cli
