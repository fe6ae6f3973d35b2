#include "cli/commands/run.hpp"

#include <algorithm>
#include <map>

#include "resolver/base/file.hpp"
#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

constexpr std::size_t kMostShown = 5;
constexpr std::size_t kMostFile = std::size_t{16} << 20;

std::string what_was_looked_for(const tree::Listing& listing) {
  std::size_t candidates = 0;
  for (const auto& file : listing.files) candidates += file.interest == tree::Interest::none ? 0 : 1;
  return "looked at the names of " + base::count_of(listing.files.size(), "file") + ", " + std::to_string(candidates) +
         " of which could hold images";
}

void read_line(const std::filesystem::path& root, std::map<std::string, std::string>& files, Place& place) {
  if (place.file.empty() || !place.line.empty() || place.position.line == 0) return;
  auto [slot, fresh] = files.try_emplace(place.file);
  if (fresh) slot->second = base::read_file(root / place.file, kMostFile).value_or(std::string());
  place.line = std::string(base::LineIndex(slot->second).line(place.position.line).substr(0, 4096));
}

}  // namespace

Result<ops::Opened> open_workspace(const Session& session, std::vector<std::string> only) {
  ops::OpenOptions options;
  options.start = session.global.directory;
  options.config = session.global.config;
  options.today = std::chrono::floor<std::chrono::days>(session.now);
  options.only = std::move(only);
  return ops::open(options);
}

Result<Scanned> scan_workspace(const Session& session, std::vector<std::string> only) {
  auto opened = open_workspace(session, std::move(only));
  if (!opened) return std::unexpected(opened.error());
  auto scan = ops::scan(*opened, {});
  if (!scan) return std::unexpected(scan.error());
  const bool nothing = scan->counts.files == 0 && scan->undetermined.empty();
  if (nothing) {
    return fail(ErrorKind::usage, "no file under " + opened->listing.root + " could hold an image reference",
                what_was_looked_for(opened->listing));
  }
  return Scanned{std::move(*opened), std::move(*scan)};
}

void read_lines(const std::filesystem::path& root, std::vector<image::Finding>& findings,
                std::vector<image::Undetermined>& undetermined) {
  std::map<std::string, std::string> files;
  for (auto& finding : findings) read_line(root, files, finding.place);
  for (auto& one : undetermined) read_line(root, files, one.finding.place);
}

std::string_view status_name(int status) {
  if (status == exit_code::ok) return "ok";
  return status == exit_code::undetermined ? "undetermined" : "failed";
}

std::string findings_text(const Report& report, const Style& style, bool all) {
  std::string out;
  std::map<std::string, std::size_t> seen;
  for (const image::Finding& finding : report.findings) {
    const bool limited = !all && finding.severity != image::Severity::error;
    if (++seen[finding.check] > kMostShown && limited) continue;
    out += to_text(finding, style);
  }
  out += to_text(report.undetermined, style, all);
  std::map<std::string, std::size_t> shown;
  for (const image::Finding& finding : report.findings) {
    if (!all && finding.severity != image::Severity::error) ++shown[finding.check];
  }
  for (const auto& [check, count] : shown) {
    if (count <= kMostShown) continue;
    out += style.dim("… and " + std::to_string(count - kMostShown) + " more [" + check + "], -v shows all") + "\n";
  }
  return out;
}

}  // namespace lock::cli
