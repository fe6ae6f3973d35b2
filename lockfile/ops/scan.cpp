#include "lockfile/ops/scan.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "lockfile/ops/collecting.hpp"
#include "lockfile/ops/finding.hpp"
#include "lockfile/ops/look_alike.hpp"
#include "lockfile/ops/neighbours.hpp"
#include "resolver/base/text.hpp"
#include "resolver/collect/finders.hpp"
#include "resolver/tree/reading.hpp"

namespace lock::ops {
namespace {

constexpr std::size_t kMostFile = std::size_t{16} << 20;

void apply_policy(const policy::Policy& policy, image::Occurrence& occurrence) {
  if (occurrence.status == image::Status::ignored) return;
  if (const auto* rule = policy.find_ignore(occurrence.file, occurrence.reference); rule != nullptr) {
    occurrence.status = image::Status::ignored;
    occurrence.reason = rule->reason;
  } else if (occurrence.status == image::Status::resolved &&
             policy.find_first_party(*occurrence.reference) != nullptr) {
    occurrence.status = image::Status::first_party;
    occurrence.reason = "built by this repository";
  }
}

image::Severity severity_of(image::Problem::Severity severity) {
  switch (severity) {
    case image::Problem::Severity::note: return image::Severity::note;
    case image::Problem::Severity::warning: return image::Severity::warning;
    default: return image::Severity::error;
  }
}

void count(const image::Occurrence& occurrence, ScanCounts& counts) {
  switch (occurrence.status) {
    case image::Status::resolved: ++counts.resolved; break;
    case image::Status::unresolved: ++counts.unresolved; break;
    case image::Status::ignored: ++counts.ignored; break;
    case image::Status::first_party: ++counts.first_party; break;
  }
}

// One run of scan: what each scope's files hold, judged by its policy.
class Scanning {
 public:
  Scanning(const Opened& opened, Scan& out) : workspace_(opened.workspace), out_(out) {
    out_.scopes.resize(workspace_.scopes.size());
  }

  void take(std::size_t scope, image::Collected collected) {
    for (image::Problem& problem : collected.problems) take(scope, std::move(problem));
    for (image::Occurrence& occurrence : collected.occurrences) take(scope, std::move(occurrence));
  }

  void take(std::size_t scope, image::Problem problem) {
    // What nobody wants to be read cannot be missing.
    if (workspace_.scopes[scope].policy.find_ignore(problem.place.file, std::nullopt) != nullptr) return;
    image::Finding finding = finding_of(problem.check, std::move(problem.message), std::move(problem.hint));
    finding.place = std::move(problem.place);
    if (problem.severity == image::Problem::Severity::undetermined) {
      out_.scopes[scope].incomplete = true;
      out_.undetermined.push_back(
          {std::move(finding), "the name declares a format, and the file could not be read as it"});
      return;
    }
    finding.severity = severity_of(problem.severity);
    Findings(workspace_, workspace_.scopes[scope], out_.findings).add(std::move(finding));
  }

 private:
  void take(std::size_t scope, image::Occurrence occurrence) {
    apply_policy(workspace_.scopes[scope].policy, occurrence);
    count(occurrence, out_.counts);
    if (occurrence.status == image::Status::unresolved) {
      Findings(workspace_, workspace_.scopes[scope], out_.findings)
          .add(finding_at(occurrence, "unresolved-reference", "'" + occurrence.written + "': " + occurrence.reason,
                          "give it a value in the tree, or check what is rendered with `lock verify --rendered`"));
    }
    out_.scopes[scope].occurrences.push_back(std::move(occurrence));
  }

  const Workspace& workspace_;
  Scan& out_;
};

// An edit is proven by reading the file again under its own name, which is not what says the format.
void keep_from_editing(image::Collected& found, std::string_view link) {
  for (image::Occurrence& occurrence : found.occurrences) {
    occurrence.found_from = link;
    if (occurrence.not_editable.empty()) {
      occurrence.not_editable = "the symbolic link " + base::harmless(link, 200) + " alone says what the file is";
    }
  }
}

bool by_place(const image::Occurrence& a, const image::Occurrence& b) {
  return std::tie(a.file, a.span, a.path, a.written) < std::tie(b.file, b.span, b.path, b.written);
}

}  // namespace

Result<Scan> scan(const Opened& opened, const ScanOptions& options) {
  const tree::Listing& listing = opened.listing;
  auto reader = NeighbourReader::of(listing);
  if (!reader) return std::unexpected(reader.error());
  std::vector<image::Collected> collected(listing.files.size());
  std::vector<std::vector<RuleUse>> uses(listing.files.size());
  tree::ReadingOptions reading;
  reading.threads = options.threads;
  reading.most_bytes = kMostFile;
  reading.adds = collect::claims_more;
  const auto read = tree::read_each(listing, reading, [&](const tree::File& file) {
    const bool rules = !opened.workspace.scopes[file.scope].policy.collecting(file.path).empty();
    if (!rules && !collect::worth_reading(file.name, file.bytes)) return;
    const collect::Source source(std::string(file.path), std::string(file.bytes), std::string(file.name));
    const Neighbours neighbours(*reader);
    image::Collected& found = collected[file.index];
    found = collect_file(opened, source, neighbours, uses[file.index]);
    std::ranges::move(neighbours.problems(source.path()), std::back_inserter(found.problems));
    if (file.name != file.path) keep_from_editing(found, file.name);
  });
  if (!read) return std::unexpected(read.error());
  collect::keep_one_a_finder(collected);
  Scan out;
  Scanning scanning(opened, out);
  for (const image::Problem& problem : listing.problems) scanning.take(0, problem);
  for (const image::Problem& problem : read->problems) {
    const tree::ListedFile* file = listing.find(problem.place.file);
    scanning.take(file == nullptr ? 0 : file->scope, problem);
  }
  for (std::size_t i = 0; i < collected.size(); ++i) scanning.take(listing.files[i].scope, std::move(collected[i]));
  for (ScopeScan& scope : out.scopes) std::ranges::sort(scope.occurrences, by_place);
  report_look_alikes(opened.workspace, out.scopes, out.findings);
  report_unmatched(opened, uses, out.findings);
  out.counts.files = read->files;
  out.counts.left_out = listing.left_out;
  sort_findings(out.findings);
  sort_undetermined(out.undetermined);
  return out;
}

}  // namespace lock::ops
