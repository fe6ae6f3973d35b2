// What the collectors and the [[collect]] rules of images.toml find in a file of the tree. Scans and edits both read
// files through this, so that what a scan finds can be written.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "lockfile/ops/open.hpp"
#include "resolver/collect/collector.hpp"
#include "resolver/image/finding.hpp"

namespace lock::ops {

// A [[collect]] rule and how often it matched in one file.
struct RuleUse {
  const settings::Collect* rule = nullptr;
  bool by_name = false;  // the rule names this very file
  std::size_t found = 0;
};

// Rules hold for files of the scope and of those in it. `uses` gains a row for each rule that covers the file.
[[nodiscard]] image::Collected collect_file(const Opened& opened, const collect::Source& source,
                                            const collect::Files& files, std::vector<RuleUse>& uses);

// How files are read where occurrences are compared with bytes.
using Collecting = std::function<image::Collected(const collect::Source&, const collect::Files&)>;
[[nodiscard]] Collecting collecting_of(const Opened& opened);  // which must outlive it
// What is rendered has no path for a glob to see. A rule holds there when one of its globs ends as manifests do (.yaml,
// .yml, .json); with one that only might cover manifests ("deploy/**") its matches are guesses. The workspace must
// outlive what is returned.
[[nodiscard]] Collecting collecting_of_rendered(const Workspace& workspace);

// Rules that find nothing, when the whole tree was looked at: `collect-unmatched` for a glob without a file, a file
// that is named and holds no match, and a rule without any match. `uses` stand beside the files of the listing.
void report_unmatched(const Opened& opened, const std::vector<std::vector<RuleUse>>& uses,
                      std::vector<image::Finding>& out);

}  // namespace lock::ops
