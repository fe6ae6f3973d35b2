#include "lockfile/ops/update.hpp"

#include "cli/commands/all.hpp"
#include "cli/commands/rendered_input.hpp"
#include "cli/commands/run.hpp"
#include "cli/commands/updated.hpp"

namespace lock::cli {
namespace {

namespace options = boost::program_options;

void declare(options::options_description& description) {
  auto add = description.add_options();
  add("image", options::value<std::vector<std::string>>(), "");
  add("upgrade", options::bool_switch(), "resolve every tag anew");
  add("write-pins", options::bool_switch(), "pins in the sources that are the old digest go with their tag");
  add("rendered", options::value<std::vector<std::string>>()->composing()->value_name("FILE|DIR|-"),
      "lock what these manifests need beside the tree, all that is rendered; may be repeated");
  add("check", options::bool_switch(), "ask no registry; exit 1 if the lock is out of date");
  add("dry-run", options::bool_switch(), "show what would change, write nothing");
  add("allow-missing-platforms", options::bool_switch(), "take a new digest that lacks a platform in use");
}

Result<ops::UpdateOptions> read_options(const options::variables_map& values, const Session& session) {
  ops::UpdateOptions out;
  if (values.contains("image")) out.images = values["image"].as<std::vector<std::string>>();
  out.upgrade = values["upgrade"].as<bool>();
  out.dry_run = values["dry-run"].as<bool>();
  out.allow_missing_platforms = values["allow-missing-platforms"].as<bool>();
  if (values["check"].as<bool>() && (out.upgrade || !out.images.empty())) {
    return fail(ErrorKind::usage, "--check asks no registry, so it cannot resolve anything anew",
                "`lock outdated` shows tags that have moved");
  }
  if (values["check"].as<bool>() && values["write-pins"].as<bool>()) {
    return fail(ErrorKind::usage, "--check writes nothing, and --write-pins writes into the sources",
                "--dry-run shows what would be written");
  }
  if (values.contains("rendered")) {
    auto texts = read_rendered(values["rendered"].as<std::vector<std::string>>(), session);
    if (!texts) return std::unexpected(std::move(texts.error()));
    out.rendered = std::move(*texts);
  }
  return out;
}

Result<ops::UpdateResult> update(const Scanned& scanned, const ops::UpdateOptions& wanted, Session& session) {
  auto registry = session.open_registry(scanned.opened.workspace, session);
  if (!registry) return std::unexpected(registry.error());
  auto verifier = session.open_verifier(scanned.opened.workspace, session);
  if (!verifier) return std::unexpected(verifier.error());
  return ops::update(scanned.opened.workspace, scanned.scan, wanted, **registry, **verifier);
}

Result<Outcome> run(const options::variables_map& values, Session& session) {
  auto wanted = read_options(values, session);
  if (!wanted) return std::unexpected(wanted.error());
  auto scanned = scan_workspace(session);
  if (!scanned) return std::unexpected(scanned.error());
  const ops::Workspace& workspace = scanned->opened.workspace;
  if (values["write-pins"].as<bool>()) wanted->write_pins = &scanned->opened;
  const bool check = values["check"].as<bool>();
  auto result =
      check ? ops::check_update(workspace, scanned->scan, wanted->rendered) : update(*scanned, *wanted, session);
  if (!result) return std::unexpected(result.error());
  read_lines(wanted->rendered, result->findings, result->undetermined);
  return updated(*result, {check, wanted->dry_run}, workspace.root, session);
}

}  // namespace

const Command update_command = {
    .name = "update",
    .arguments = "[IMAGE…]",
    .summary = "bring images.lock in line with the tree",
    .details =
        "Makes the smallest change: locks what is new, drops what is gone, keeps known digests. A tag that is\n"
        "locked is not asked for again unless IMAGE names it, or --upgrade names all. What could not be determined\n"
        "keeps its entry and is listed; the exit status is then 3. Who signed is verified and locked too; a digest\n"
        "that lacks a signer whom the lock held is not taken, and the exit status is 1, until an [[accept]] covers\n"
        "it.\n"
        "--write-pins lets pins in the sources that are the old digest go with their tag, as `lock pin` writes\n"
        "them; those that cannot be written are listed with the reason and keep an entry of their own.\n"
        "--rendered takes in what only rendering shows (subcharts, operators), with `origin = \"rendered\"`; these\n"
        "entries leave when later manifests lack them, and stay while none are given.",
    .declare = declare,
    .positional = "image",
    .most_positional = -1,
    .run = run,
};

}  // namespace lock::cli
