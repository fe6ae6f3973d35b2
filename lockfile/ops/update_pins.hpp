// `update --write-pins`: a pin in the sources that is the lock's digest of its tag follows the tag to its new digest.
//
// While the tags are asked, such a place stands without its digest, as if it named the tag. When it is known where each
// tag goes, the new digests are written where they can be (editing.hpp), and every place stands with the digest that it
// has then; one that keeps its pin while others move has an entry of its own, as every pin that differs. Sources are
// written before the lock: after a crash between them `verify` says that a pin is not the locked digest, and an update
// ends what was begun.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "lockfile/ops/editing.hpp"
#include "lockfile/ops/open.hpp"
#include "lockfile/ops/scan.hpp"
#include "lockfile/ops/update_work.hpp"

namespace lock::ops {

class FollowingPins {
 public:
  using DigestOf = std::function<std::optional<image::Digest>(const UpdateWork& work, const image::Reference& tag)>;

  // Everything must outlive it.
  FollowingPins(const Opened& opened, const Scan& scan) : opened_(opened), scan_(scan) {}

  // Takes the pins of selected tags that are the lock's digest.
  void take(UpdateWork& work, const Selection& selection);
  // Edits for where the tags go now, in memory. Errors: the tree cannot be read any more.
  [[nodiscard]] Result<void> plan(const DigestOf& digest_of);
  // Writes what was planned.
  void write();
  // The tags whose pins follow in this work, each with a place.
  [[nodiscard]] std::map<image::Reference, const image::Occurrence*> tags_of(const UpdateWork& work) const;
  [[nodiscard]] EditingResult finish();

 private:
  struct Follower {
    UpdateWork* work = nullptr;
    std::size_t place = 0;                          // in work->places
    const image::Occurrence* occurrence = nullptr;  // as the scan has it
    std::optional<image::Digest> to;                // where it is meant to move
  };
  void stand_as_written();

  const Opened& opened_;
  const Scan& scan_;
  std::vector<Follower> followers_;
  std::optional<Editing> editing_;
};

}  // namespace lock::ops
