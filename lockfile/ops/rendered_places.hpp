// The places that want entries in a lock: those of the tree, and those that stand for what only rendering shows.
//
// A rendering belongs to the lock of the scope where the run starts, the first. Without one, the entries that an
// earlier rendering brought stand for themselves, each as a place in its lock. Places of the tree come first, so that
// an entry that the tree names too is the tree's.
#pragma once

#include <deque>
#include <set>
#include <span>
#include <vector>

#include "lockfile/document/document.hpp"
#include "lockfile/ops/demand.hpp"
#include "lockfile/ops/rendered_text.hpp"
#include "lockfile/ops/scan.hpp"
#include "lockfile/ops/workspace.hpp"

namespace lock::ops {

class Places {
 public:
  // The occurrences must outlive it.
  explicit Places(std::span<const image::Occurrence> tree);
  // One for each entry of the lock that a rendering brought.
  void add_rendered(const document::Document& lock, const std::string& lock_file);
  void add_rendered(const std::vector<image::Occurrence>& occurrences);

  // From now on the place at `index` of all() counts as one that names `reference`.
  void stand_in(std::size_t index, const image::Reference& reference);

  Places(const Places&) = delete;
  Places& operator=(const Places&) = delete;
  Places(Places&&) = default;
  Places& operator=(Places&&) = default;
  ~Places() = default;

  [[nodiscard]] std::span<const image::Occurrence* const> all() const { return all_; }
  [[nodiscard]] bool is_rendered(const image::Occurrence* place) const { return rendered_.contains(place); }
  [[nodiscard]] document::Origin origin_of(const Demand& demand) const;

 private:
  void add(image::Occurrence occurrence);

  std::deque<image::Occurrence> own_;
  std::set<const image::Occurrence*> rendered_;
  std::vector<const image::Occurrence*> all_;
};

// Of what was rendered, the images that no scope's tree brings into its lock: those that the tree does not name, and
// that no entry of its names holds the digest of. Below a configured mirror they stand for the images of its registry.
// First-party images are left out. `locks` are those of the scopes.
[[nodiscard]] std::vector<image::Occurrence> only_rendered(const Workspace& workspace, const Scan& scan,
                                                           std::span<const document::Document* const> locks,
                                                           const RenderedImages& images);

}  // namespace lock::ops
