#include "lockfile/ops/verify.hpp"

#include <array>

#include "cli/commands/all.hpp"
#include "cli/commands/rendered_input.hpp"
#include "cli/commands/run.hpp"
#include "cli/commands/verify_provenance.hpp"
#include "lockfile/ops/lock_file.hpp"
#include "lockfile/ops/rendered.hpp"
#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

namespace options = boost::program_options;

void declare(options::options_description& description) {
  auto add = description.add_options();
  add("only", options::value<std::vector<std::string>>()->composing()->value_name("NAME"),
      "ask these questions: tree, registry, signatures; several with commas, may be repeated");
  add("offline", options::bool_switch(), "compare lock and tree only: no socket");
  add("rendered", options::value<std::vector<std::string>>()->composing()->value_name("FILE|DIR|-"),
      "judge rendered manifests by the lock: no socket; may be repeated");
  add("provenance", options::value<std::vector<std::string>>()->composing()->value_name("IMAGE"),
      "judge by the lock what the build of IMAGE used; a locked tag, or with a digest; may be repeated");
}

Result<ops::Verification> verify_rendered(const std::vector<std::string>& names, Session& session) {
  auto opened = open_workspace(session);
  if (!opened) return std::unexpected(opened.error());
  const auto texts = read_rendered(names, session);
  if (!texts) return std::unexpected(texts.error());
  auto verification = ops::verify_rendered(opened->workspace, *texts);
  if (verification) {
    read_lines(*texts, verification->findings, verification->undetermined);
    read_lines(session.global.directory, verification->findings, verification->undetermined);
  }
  return verification;
}

// What is asked. Without --only: the tree, and the rest unless --offline says no socket or --rendered or --provenance
// ask instead.
struct Questions {
  bool tree = false, registry = false, signatures = false, rendered = false, provenance = false, offline = false;
};

Result<Questions> read_questions(const options::variables_map& values) {
  Questions ask;
  ask.offline = values["offline"].as<bool>();
  ask.rendered = values.contains("rendered");
  ask.provenance = values.contains("provenance");
  if (ask.offline && ask.provenance) {
    return fail(ErrorKind::usage, "--offline asks no registry, and --provenance does",
                "leave one of the two out; a registry with a `layout` in images.toml needs no network");
  }
  if (!values.contains("only")) {
    if (ask.offline && ask.rendered) {
      return fail(ErrorKind::usage, "--offline and --rendered ask two questions", "--rendered opens no socket either");
    }
    ask.tree = !ask.rendered && !ask.provenance;
    ask.registry = ask.signatures = ask.tree && !ask.offline;
    return ask;
  }
  for (const std::string& list : values["only"].as<std::vector<std::string>>()) {
    for (const std::string_view name : base::split(list, ',')) {
      if (name == "tree") {
        ask.tree = true;
      } else if (name == "registry") {
        ask.registry = true;
      } else if (name == "signatures") {
        ask.signatures = true;
      } else {
        constexpr std::array<std::string_view, 3> known{"tree", "registry", "signatures"};
        const auto near = base::near_name(name, known);
        return fail(ErrorKind::usage, "--only: there is no question '" + base::harmless(name, 80) + "'",
                    near ? "did you mean " + *near + "?" : "expected tree, registry or signatures");
      }
    }
  }
  if (ask.offline && ask.registry) {
    return fail(ErrorKind::usage, "--offline asks no registry, and --only names registry",
                "leave one of the two out; `--only signatures --offline` verifies what is cached");
  }
  return ask;
}

Result<void> add(ops::Verification& all, Result<ops::Verification> one) {
  if (!one) return std::unexpected(std::move(one.error()));
  ops::append(all, std::move(*one));
  return {};
}

Result<ops::Verification> verify_locked(const Questions& ask, Session& session) {
  auto scanned = scan_workspace(session);
  if (!scanned) return std::unexpected(scanned.error());
  const ops::Workspace& workspace = scanned->opened.workspace;
  ops::Verification all;
  if (ask.tree) {
    if (auto done = add(all, ops::verify_tree(workspace, scanned->scan)); !done) return std::unexpected(done.error());
  } else {
    // The other questions are about the entries that can be read; that some cannot is theirs to say then.
    auto locks = ops::read_locks_to_check(workspace);
    if (!locks) return std::unexpected(locks.error());
    all.findings = std::move(locks->findings);
  }
  session.offline = ask.offline;
  if (ask.registry) {
    auto registry = session.open_registry(workspace, session);
    if (!registry) return std::unexpected(registry.error());
    auto done = add(all, ops::verify_registry(workspace, scanned->scan, **registry));
    if (!done) return std::unexpected(done.error());
  }
  if (ask.signatures) {
    auto verifier = session.open_verifier(workspace, session);
    if (!verifier) return std::unexpected(verifier.error());
    auto done = add(all, ops::verify_signatures(workspace, scanned->scan, **verifier));
    if (!done) return std::unexpected(done.error());
  }
  read_lines(workspace.root, all.findings, all.undetermined);
  return all;
}

// The answers, and what provenance was found.
struct Answers {
  ops::Verification verification;
  std::vector<ops::ProvenanceRow> provenance;
};

Result<Answers> verify(const Questions& ask, const options::variables_map& values, Session& session) {
  Answers answers;
  ops::Verification& all = answers.verification;
  if (ask.tree || ask.registry || ask.signatures) {
    auto done = add(all, verify_locked(ask, session));
    if (!done) return std::unexpected(done.error());
  }
  if (ask.rendered) {
    auto done = add(all, verify_rendered(values["rendered"].as<std::vector<std::string>>(), session));
    if (!done) return std::unexpected(done.error());
  }
  if (ask.provenance) {
    auto found = verify_provenance(values["provenance"].as<std::vector<std::string>>(), session);
    if (!found) return std::unexpected(found.error());
    ops::append(all, std::move(found->verification));
    answers.provenance = std::move(found->rows);
  }
  return answers;
}

std::string summary(const Report& report, const ops::VerifyCounts& counts, int status) {
  std::size_t errors = 0;
  for (const auto& one : report.findings) errors += one.severity == image::Severity::error ? 1 : 0;
  std::string out(status_name(status));
  out += ": " + base::count_of(counts.entries, "locked image");
  if (counts.occurrences != 0) out += ", " + base::count_of(counts.occurrences, "place") + " in the tree";
  if (counts.objects != 0) out += ", " + base::count_of(counts.objects, "rendered image");
  if (counts.digests != 0) out += ", " + base::count_of(counts.digests, "digest") + " asked for";
  if (counts.tags != 0) out += ", " + base::count_of(counts.tags, "tag") + " asked for";
  if (counts.signatures != 0) out += ", signers of " + base::count_of(counts.signatures, "image") + " verified";
  if (counts.statements != 0) {
    out += ", " + base::count_of(counts.statements, "statement") + " of provenance with " +
           base::count_of(counts.materials, "material");
  }
  if (errors != 0) out += "; " + base::count_of(errors, "error");
  const std::size_t others = report.findings.size() - errors;
  if (others != 0) out += "; " + base::count_of(others, "warning or note", "warnings and notes");
  if (!report.undetermined.empty()) out += "; " + std::to_string(report.undetermined.size()) + " undetermined";
  return out + "\n";
}

boost::json::object counts_json(const ops::VerifyCounts& counts) {
  boost::json::object out;
  out["entries"] = counts.entries;
  out["occurrences"] = counts.occurrences;
  out["tags"] = counts.tags;
  out["digests"] = counts.digests;
  out["signatures"] = counts.signatures;
  out["objects"] = counts.objects;
  out["statements"] = counts.statements;
  out["materials"] = counts.materials;
  return out;
}

Result<Outcome> run(const options::variables_map& values, Session& session) {
  const auto ask = read_questions(values);
  if (!ask) return std::unexpected(ask.error());
  auto answers = verify(*ask, values, session);
  if (!answers) return std::unexpected(answers.error());
  const ops::VerifyCounts& checked = answers->verification.checked;
  Outcome outcome;
  Report& report = outcome.report;
  report.findings = std::move(answers->verification.findings);
  report.undetermined = std::move(answers->verification.undetermined);
  outcome.status = exit_status(report);
  report.document["schema"] = 1;
  report.document["status"] = status_name(outcome.status);
  report.document["checked"] = counts_json(checked);
  if (ask->provenance) report.document["provenance"] = to_json(answers->provenance);
  report.document["findings"] = to_json(report.findings);
  report.document["undetermined"] = to_json(report.undetermined);
  report.text = [shown = report, provenance = std::move(answers->provenance), all = session.global.verbose,
                 line = summary(report, checked, outcome.status)](const Style& style) {
    return to_text(provenance, style) + findings_text(shown, style, all) + line;
  };
  return outcome;
}

}  // namespace

const Command verify_command = {
    .name = "verify",
    .arguments = "",
    .summary = "check the lock against tree, registries, rendered manifests or provenance",
    .details =
        "Without options: does the lock match the tree, is everything that is locked still there, do the tags\n"
        "that a pipeline pulls still name it, and did those sign it whom the lock and the rules name? --only asks\n"
        "some of these questions: tree, registry, signatures. --offline asks the first alone;\n"
        "with `--only signatures` it verifies again what the cache holds, and the rest is undetermined.\n"
        "--rendered FILE asks another question instead, or as well where --only names some: does every image in\n"
        "these manifests carry the locked digest? --provenance IMAGE asks one more of this kind: did the build\n"
        "of IMAGE use what is locked?",
    .declare = declare,
    .positional = "",
    .most_positional = 0,
    .run = run,
};

}  // namespace lock::cli
