#include "cli/commands/all.hpp"
#include "cli/commands/edits.hpp"
#include "lockfile/ops/pin.hpp"

namespace lock::cli {
namespace {

constexpr EditWords kWords = {.command = "unpin", .done = "unpinned"};

Result<Outcome> run(const boost::program_options::variables_map& values, Session& session) {
  return run_edit(values, session, ops::unpin, kWords);
}

}  // namespace

const Command unpin_command = {
    .name = "unpin",
    .arguments = "[IMAGE…|PATH…]",
    .summary = "take the digests out of the sources",
    .details =
        "Takes the digest out of every `name:tag@sha256:…` of the tree; the tag and every other byte stay. A digest\n"
        "without a tag is left as it is. No lock is needed. IMAGE and PATH keep to images, files and folders.",
    .declare = declare_edit,
    .positional = "target",
    .most_positional = -1,
    .run = run,
};

}  // namespace lock::cli
