#include "cli/commands/all.hpp"
#include "cli/commands/run.hpp"
#include "cli/report/rows.hpp"
#include "lockfile/ops/lock_file.hpp"
#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

void declare(boost::program_options::options_description&) {}

std::string entry_text(const document::Entry& entry, const Style& style) {
  std::string out = base::harmless(entry.reference.familiar(), 300) + " " + entry.digest.short_text();
  std::string platforms;
  for (const auto& one : entry.platforms) platforms += (platforms.empty() ? "" : ", ") + one.platform.text();
  if (!platforms.empty()) out += " " + style.dim(platforms);
  if (entry.origin == document::Origin::rendered) out += style.dim(" (only rendered)");
  return out + "\n" + signers_text({}, entry.signers, "  ", style);
}

Result<Outcome> run(const boost::program_options::variables_map&, Session& session) {
  auto opened = open_workspace(session);
  if (!opened) return std::unexpected(opened.error());
  boost::json::array rows;
  std::vector<document::Entry> entries;
  const auto locks = ops::require_locks(opened->workspace);
  if (!locks) return std::unexpected(locks.error());
  for (const ops::ScopeLock& lock : *locks) {
    for (const document::Entry& entry : lock.document.entries()) {
      boost::json::object row = to_json(entry);
      row["lock"] = lock.scope->lock_file;
      rows.push_back(std::move(row));
      entries.push_back(entry);
    }
  }
  Outcome outcome;
  outcome.report.document["schema"] = 1;
  outcome.report.document["images"] = std::move(rows);
  outcome.report.text = [entries = std::move(entries)](const Style& style) {
    std::string out;
    for (const auto& entry : entries) out += entry_text(entry, style);
    return out;
  };
  return outcome;
}

}  // namespace

const Command list_command = {
    .name = "list",
    .arguments = "",
    .summary = "show what is locked",
    .details = "Shows the entries of images.lock, of this scope and of those nested in it.",
    .declare = declare,
    .positional = "",
    .most_positional = 0,
    .run = run,
};

}  // namespace lock::cli
