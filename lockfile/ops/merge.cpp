#include "lockfile/ops/merge.hpp"

#include <utility>

#include "lockfile/document/merge.hpp"
#include "lockfile/document/read.hpp"
#include "lockfile/ops/finding.hpp"
#include "lockfile/ops/lock_file.hpp"
#include "resolver/base/file.hpp"

namespace lock::ops {
namespace {

using document::Document;

image::Finding conflict(const MergeOptions& options, std::string message, std::string hint) {
  image::Finding finding = finding_of("lock-conflict", std::move(message), std::move(hint));
  finding.place.file = options.name;
  return finding;
}

// A base that is no lock (a merge of merges leaves its own markers in it) is no measure: then what both sides have
// differently is undecided, and what one side has is kept until an update sees that no file names it.
Document base_of(const std::string& text) {
  auto base = document::sound(document::read(text, "base"));
  return base ? std::move(*base) : Document();
}

}  // namespace

Result<MergeResult> merge(const MergeOptions& options) {
  const auto base = base::read_file(options.base, most_lock_bytes);
  if (!base) return std::unexpected(base.error());
  const auto ours = base::read_file(options.ours, most_lock_bytes);
  if (!ours) return std::unexpected(ours.error());
  const auto theirs = base::read_file(options.theirs, most_lock_bytes);
  if (!theirs) return std::unexpected(theirs.error());

  MergeResult result;
  const auto left = document::sound(document::read(*ours, options.name));
  const auto right = document::sound(document::read(*theirs, options.name));
  std::string text;
  if (left && right) {
    const document::Merge merged = document::merge(base_of(*base), *left, *right);
    result.entries = merged.document.entries().size();
    for (const document::Undecided& undecided : merged.undecided) {
      image::Finding finding =
          conflict(options, undecided.either().reference.familiar() + ": " + undecided.text(),
                   "when the other files are merged, run `lock merge --resolve " + options.name + "`");
      finding.reference = undecided.either().key();
      result.findings.push_back(std::move(finding));
    }
    text = document::write(merged);
  } else {
    for (const auto& [side, read] : {std::pair("ours", &left), std::pair("theirs", &right)}) {
      if (*read) continue;
      const Error& error = read->error();
      const std::string line = error.place ? " (line " + std::to_string(error.place->position.line) + ")" : "";
      result.findings.push_back(conflict(options, std::string(side) + " is no sound lock" + line + ": " + error.message,
                                         "take the sound side whole, then run `lock update`"));
    }
    text = document::write_unmerged(*ours, *theirs);
  }
  if (auto written = base::write_file_atomically(options.ours, text); !written) {
    return std::unexpected(std::move(written.error()));
  }
  return result;
}

}  // namespace lock::ops
