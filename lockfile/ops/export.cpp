#include "lockfile/ops/export.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "lockfile/exchange/exporter.hpp"
#include "lockfile/ops/demand.hpp"
#include "lockfile/ops/finding.hpp"
#include "lockfile/ops/lock_file.hpp"
#include "lockfile/ops/source_edit.hpp"
#include "resolver/base/text.hpp"

namespace lock::ops {
namespace {

using exchange::LockedPlace;
using image::Occurrence;

Result<const exchange::Exporter*> find_exporter(const std::string& name) {
  std::vector<std::string_view> names;
  for (const exchange::Exporter& exporter : exchange::exporters()) {
    if (exporter.name == name) return &exporter;
    names.push_back(exporter.name);
  }
  std::string known;
  for (const std::string_view one : names) known += (known.empty() ? "" : ", ") + std::string(one);
  const auto near = base::near_name(name, names);
  return fail(ErrorKind::usage, "unknown format '" + base::harmless(name, 40) + "'",
              (near ? "did you mean " + *near + "? " : "") + "formats are " + known);
}

class Exporting {
 public:
  Exporting(const Workspace& workspace, const Scan& scan, const exchange::Exporter& exporter)
      : workspace_(workspace), scan_(scan), exporter_(exporter) {}

  Result<void> gather() {
    const auto locks = require_locks(workspace_);
    if (!locks) return std::unexpected(locks.error());
    for (std::size_t i = 0; i < workspace_.scopes.size(); ++i) {
      const Scope& scope = workspace_.scopes[i];
      const auto lock = std::ranges::find(*locks, &scope, &ScopeLock::scope);
      gather(scope, scan_.scopes[i], lock == locks->end() ? document::Document() : lock->document);
    }
    return {};
  }

  Result<ExportResult> write(bool chosen) {
    if (files_.empty()) {
      return fail(ErrorKind::usage, "no place of the tree is one for " + std::string(exporter_.name),
                  "`lock scan` shows the places and their formats");
    }
    if (places_.empty()) return finish();
    auto made = exporter_.write({places_, chosen, [this](std::string_view path) { return source(path); }});
    if (!made) return std::unexpected(std::move(made.error()));
    result_.text = std::move(made->text);
    result_.images = made->images;
    for (exchange::Unexpressed& one : made->left) {
      image::Finding finding = finding_of("not-exported", one.what + ": " + one.reason);
      finding.place = std::move(one.place);
      Findings(workspace_, scope_of(finding.place.file), result_.findings).add(std::move(finding));
    }
    return finish();
  }

 private:
  // What the scan has to say about files of other formats is not asked here, but a file that could not be read may be
  // of any.
  ExportResult finish() {
    for (const image::Finding& finding : scan_.findings) {
      if (files_.contains(finding.place.file)) result_.findings.push_back(finding);
    }
    result_.undetermined = scan_.undetermined;
    sort_findings(result_.findings);
    return std::move(result_);
  }

  void gather(const Scope& scope, const ScopeScan& scan, const document::Document& document) {
    for (const Occurrence& occurrence : scan.occurrences) {
      if (exporter_.covers(occurrence)) files_.insert(occurrence.file);
    }
    for (const document::Entry& entry : document.entries()) report_rendered(scope, entry);
    const Demands wanted = demands_in(scan.occurrences, document);
    for (const Demand& demand : wanted.demands) {
      if (demand.artifact()) continue;
      const document::Entry* entry = document.find(demand.key);
      for (const Occurrence* occurrence : demand.occurrences) {
        if (!exporter_.covers(*occurrence)) continue;
        if (entry != nullptr) {
          places_.push_back({occurrence, entry->digest});
        } else if (occurrence->occurrence_class == image::Class::declared) {
          image::Finding finding =
              finding_at(*occurrence, "image-not-locked", demand.key.familiar() + " is not in " + scope.lock_file);
          finding.hint = "run `lock update`, then export again";
          finding.reference = demand.key.canonical();
          Findings(workspace_, scope, result_.findings).add(std::move(finding));
        }
      }
    }
    std::ranges::stable_sort(places_, [](const LockedPlace& a, const LockedPlace& b) {
      return std::tie(a.occurrence->file, a.occurrence->span) < std::tie(b.occurrence->file, b.occurrence->span);
    });
  }

  // How a chart or operator spells what it brings is not written in the tree, and these formats go by the spelling.
  void report_rendered(const Scope& scope, const document::Entry& entry) {
    if (!exporter_.is_of_rendered || entry.origin != document::Origin::rendered) return;
    image::Finding finding = finding_of(
        "not-exported", entry.reference.canonical() + ": no place of the tree names it, only what was rendered",
        "`lock apply` writes its digest into what is rendered");
    finding.reference = entry.reference.canonical();
    finding.place.file = scope.lock_file;
    Findings(workspace_, scope, result_.findings).add(std::move(finding));
  }

  [[nodiscard]] const Scope& scope_of(const std::string& file) const {
    const Scope* innermost = &workspace_.scopes.front();
    for (const Scope& scope : workspace_.scopes) {
      if (!scope.folder.empty() && file.starts_with(scope.folder + "/")) innermost = &scope;
    }
    return *innermost;
  }

  const collect::Source* source(std::string_view path) {
    const auto [slot, fresh] = sources_.try_emplace(std::string(path), nullptr);
    if (fresh) {
      if (auto bytes = read_source(workspace_, slot->first)) {
        slot->second = std::make_unique<collect::Source>(slot->first, std::move(*bytes));
      }
    }
    return slot->second.get();
  }

  const Workspace& workspace_;
  const Scan& scan_;
  const exchange::Exporter& exporter_;
  std::set<std::string> files_;  // with places of the format, whatever their status
  std::vector<LockedPlace> places_;
  std::map<std::string, std::unique_ptr<collect::Source>> sources_;
  ExportResult result_;
};

}  // namespace

Result<ExportResult> export_lock(const Workspace& workspace, const Scan& scan, const ExportOptions& options) {
  const auto exporter = find_exporter(options.format);
  if (!exporter) return std::unexpected(exporter.error());
  Exporting exporting(workspace, scan, **exporter);
  if (auto gathered = exporting.gather(); !gathered) return std::unexpected(std::move(gathered.error()));
  return exporting.write(options.chosen);
}

}  // namespace lock::ops
