#include "cli/commands/all.hpp"
#include "lockfile/policy/checks.hpp"
#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

namespace options = boost::program_options;

void declare(options::options_description& description) {
  description.add_options()("check", options::value<std::string>(), "");
}

std::unexpected<Error> unknown(const std::string& asked) {
  std::vector<std::string_view> ids;
  for (const policy::Check& check : policy::checks()) ids.push_back(check.id);
  const auto near = base::near_name(asked, ids);
  return fail(ErrorKind::usage, "there is no check '" + base::harmless(asked, 80) + "'",
              near ? "did you mean " + *near + "?" : "the ids stand in brackets at the end of each finding");
}

Result<Outcome> run(const options::variables_map& values, Session&) {
  if (!values.contains("check")) {
    return fail(ErrorKind::usage, "`lock explain` wants the id of a check", "as in `lock explain digest-gone`");
  }
  const auto asked = values["check"].as<std::string>();
  const policy::Check* check = policy::find_check(asked);
  if (check == nullptr) return unknown(asked);
  Outcome outcome;
  outcome.report.document["schema"] = 1;
  outcome.report.document["check"] = check->id;
  outcome.report.document["summary"] = check->summary;
  outcome.report.document["page"] = check->page;
  outcome.report.text = [check](const Style& style) {
    return style.bold(check->id) + ": " + std::string(check->summary) + "\n\n" + std::string(check->page) + "\n";
  };
  return outcome;
}

}  // namespace

const Command explain_command = {
    .name = "explain",
    .arguments = "CHECK",
    .summary = "say what a check looks at and what to do about it",
    .details = "Prints the page of a check. Its id stands in brackets at the end of each finding.",
    .declare = declare,
    .positional = "check",
    .most_positional = 1,
    .run = run,
};

}  // namespace lock::cli
