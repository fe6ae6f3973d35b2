#include "lockfile/ops/import.hpp"

#include "cli/commands/all.hpp"
#include "cli/commands/run.hpp"
#include "cli/commands/updated.hpp"
#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

namespace options = boost::program_options;

void declare(options::options_description& description) {
  auto add = description.add_options();
  add("file", options::value<std::string>(), "");
  add("dry-run", options::bool_switch(), "show what would change, write nothing");
}

Result<Outcome> run(const options::variables_map& values, Session& session) {
  if (!values.contains("file")) {
    return fail(ErrorKind::usage, "expected a file",
                "the Images.lock of a chart, or the images.yml of an imgpkg bundle");
  }
  const std::string file = values["file"].as<std::string>();
  const auto scanned = scan_workspace(session);
  if (!scanned) return std::unexpected(scanned.error());
  const ops::Workspace& workspace = scanned->opened.workspace;
  auto registry = session.open_registry(workspace, session);
  if (!registry) return std::unexpected(registry.error());
  auto verifier = session.open_verifier(workspace, session);
  if (!verifier) return std::unexpected(verifier.error());
  const bool dry_run = values["dry-run"].as<bool>();
  const auto result =
      ops::import_lock(workspace, scanned->scan,
                       {std::filesystem::path(session.global.directory) / file, file, dry_run}, **registry, **verifier);
  if (!result) return std::unexpected(result.error());
  if (!session.global.quiet) {
    session.streams.err(std::to_string(result->taken) + " of " + base::count_of(result->images, "image") +
                        " taken from " + base::harmless(file) + "\n");
  }
  return updated(result->update, {false, dry_run}, workspace.root, session);
}

}  // namespace

const Command import_command = {
    .name = "import",
    .arguments = "FILE",
    .summary = "begin with the digests of another tool's lock",
    .details =
        "As `lock update`, but an image that the tree names, that images.lock does not hold and that FILE does\n"
        "gets the digest of FILE instead of what its tag names now. FILE is the Images.lock of dt (distribution\n"
        "tooling for Helm) or the ImagesLock of imgpkg and kbld. A digest is taken only when the registry has it;\n"
        "what dt says of single platforms only when they are part of what the tag names. Known digests stay.",
    .declare = declare,
    .positional = "file",
    .most_positional = 1,
    .run = run,
};

}  // namespace lock::cli
