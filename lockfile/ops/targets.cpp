#include "lockfile/ops/targets.hpp"

#include <algorithm>
#include <utility>

#include "resolver/base/text.hpp"

namespace lock::ops {
namespace {

namespace fs = std::filesystem;
using image::Occurrence;

bool lies_in(std::string_view file, std::string_view path) {
  return path.empty() || file == path || (file.starts_with(path) && file[path.size()] == '/');
}

template <typename Condition>
bool any_occurrence(const Scan& scan, Condition condition) {
  return std::ranges::any_of(scan.scopes,
                             [&](const ScopeScan& scope) { return std::ranges::any_of(scope.occurrences, condition); });
}

bool is_path(const std::string& word, const fs::path& start) {
  std::error_code error;
  return word.starts_with('.') || word.starts_with('/') || word.ends_with('/') ||
         fs::exists(fs::symlink_status(start / word, error));
}

std::vector<image::Reference> references_of(const Scan& scan) {
  std::vector<image::Reference> known;
  for (const ScopeScan& scope : scan.scopes) {
    for (const Occurrence& occurrence : scope.occurrences) {
      if (occurrence.reference) known.push_back(*occurrence.reference);
    }
  }
  return known;
}

// `nginx` where a folder nginx lies beside a Dockerfile that says `FROM nginx`.
Result<void> refuse_both(const std::string& word, const Scan& scan) {
  const auto image = Selection::make({&word, 1}, false);
  if (!image) return {};
  const bool is_image = any_occurrence(
      scan, [&](const Occurrence& occurrence) { return occurrence.reference && image->has(*occurrence.reference); });
  if (!is_image) return {};
  return fail(ErrorKind::usage, base::harmless(word) + " is an image, and a file or folder too",
              "write ./" + word + " for the path, or the image with its tag or registry");
}

}  // namespace

Result<Targets> Targets::make(const Opened& opened, const Scan& scan, const fs::path& start,
                              const std::vector<std::string>& words) {
  Targets targets;
  std::vector<std::string> images;
  for (const std::string& word : words) {
    if (!is_path(word, start)) {
      images.push_back(word);
      continue;
    }
    if (auto fine = refuse_both(word, scan); !fine) return std::unexpected(std::move(fine.error()));
    auto path = path_in_root(start, word, opened.workspace.root);
    if (!path) return std::unexpected(std::move(path.error()));
    if (!any_occurrence(scan, [&](const Occurrence& occurrence) { return lies_in(occurrence.file, *path); })) {
      return fail(ErrorKind::usage, "no image reference in " + base::harmless(word), "`lock scan` lists them all");
    }
    targets.paths_.push_back(std::move(*path));
  }
  auto selection = Selection::make(images, images.empty());
  if (!selection) return std::unexpected(std::move(selection.error()));
  if (auto named = selection->require_known(references_of(scan)); !named) {
    return std::unexpected(std::move(named.error()));
  }
  targets.images_ = std::move(*selection);
  targets.names_images_ = !images.empty();
  return targets;
}

bool Targets::has(const Occurrence& occurrence) const {
  const bool here = paths_.empty() || std::ranges::any_of(paths_, [&occurrence](const std::string& path) {
                      return lies_in(occurrence.file, path);
                    });
  if (!here || !names_images_) return here;
  return occurrence.reference && images_.has(*occurrence.reference);
}

}  // namespace lock::ops
