#include "lockfile/ops/pin.hpp"

#include "cli/commands/all.hpp"
#include "cli/commands/edits.hpp"

namespace lock::cli {
namespace {

constexpr EditWords kWords = {.command = "pin", .done = "pinned"};

Result<Outcome> run(const boost::program_options::variables_map& values, Session& session) {
  return run_edit(values, session, ops::pin, kWords);
}

}  // namespace

const Command pin_command = {
    .name = "pin",
    .arguments = "[IMAGE…|PATH…]",
    .summary = "write the locked digests into the sources",
    .details =
        "Writes the locked digest behind each tag of the tree, `name:tag@sha256:…`, or where the format has a field\n"
        "for it. Every other byte stays. IMAGE keeps to images (a reference, or a glob over canonical names), PATH to\n"
        "files and folders. Places that cannot be written are listed with the reason, as are those that only look\n"
        "like an image: name the image to have them written too. A file that changed meanwhile is left alone.",
    .declare = declare_edit,
    .positional = "target",
    .most_positional = -1,
    .run = run,
};

}  // namespace lock::cli
