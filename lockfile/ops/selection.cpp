#include "lockfile/ops/selection.hpp"

#include <algorithm>
#include <utility>

#include "lockfile/policy/policy.hpp"
#include "resolver/base/text.hpp"

namespace lock::ops {

Result<Selection> Selection::make(std::span<const std::string> images, bool all) {
  Selection selection;
  selection.all_ = all;
  for (const std::string& image : images) {
    Wanted wanted;
    wanted.written = image;
    wanted.glob = image.find_first_of("*?") != image.npos;
    if (!wanted.glob) {
      const auto reference = image::Reference::parse(image);
      const auto parts = image::split_reference(image);
      if (!reference || !parts) {
        Error error = reference ? parts.error() : reference.error();
        error.kind = ErrorKind::usage;
        return std::unexpected(std::move(error));
      }
      wanted.repository = reference->repository().name();
      if (parts->tag) wanted.tag = reference->tag();
      wanted.digest = reference->digest();
    }
    selection.wanted_.push_back(std::move(wanted));
  }
  return selection;
}

bool Selection::Wanted::names(const image::Reference& reference) const {
  if (glob) return policy::matches_image(written, reference);
  return reference.repository().name() == repository && (!tag || reference.tag() == tag) &&
         (!digest || reference.digest() == digest);
}

bool Selection::has(const image::Reference& reference) const {
  return all_ || std::ranges::any_of(wanted_, [&](const Wanted& wanted) { return wanted.names(reference); });
}

Result<void> Selection::require_known(std::span<const image::Reference> known) const {
  for (const Wanted& wanted : wanted_) {
    if (std::ranges::any_of(known, [&](const image::Reference& reference) { return wanted.names(reference); }))
      continue;
    std::vector<std::string> names;
    for (const image::Reference& reference : known) names.push_back(reference.familiar());
    const std::vector<std::string_view> views(names.begin(), names.end());
    const auto near = base::near_name(wanted.written, views);
    return fail(ErrorKind::usage, "no file and no lock names " + base::harmless(wanted.written),
                near ? "did you mean " + *near + "?" : "`lock list` and `lock scan` show what there is");
  }
  return {};
}

}  // namespace lock::ops
