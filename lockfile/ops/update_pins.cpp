#include "lockfile/ops/update_pins.hpp"

#include <utility>

namespace lock::ops {

using image::Occurrence;
using image::Reference;

void FollowingPins::take(UpdateWork& work, const Selection& selection) {
  const auto places = work.places.all();
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Occurrence& occurrence = *places[i];
    if (occurrence.status != image::Status::resolved || !occurrence.reference || work.places.is_rendered(places[i])) {
      continue;
    }
    const Reference& reference = *occurrence.reference;
    if (!reference.tag() || !reference.digest()) continue;
    const Reference tag = reference.without_digest();
    const document::Entry* entry = work.kept(tag);
    if (entry == nullptr || entry->digest != *reference.digest() || !selection.has(tag)) continue;
    followers_.push_back({&work, i, places[i], std::nullopt});
    work.places.stand_in(i, tag);
  }
}

Result<void> FollowingPins::plan(const DigestOf& digest_of) {
  editing_.emplace(opened_, scan_);
  for (Follower& follower : followers_) {
    const Reference& pinned = *follower.occurrence->reference;
    const Reference tag = pinned.without_digest();
    const auto digest = digest_of(*follower.work, tag);
    if (!digest || *digest == *pinned.digest()) continue;
    follower.to = digest;
    editing_->intend(*follower.occurrence, collect::pin_edits(*follower.occurrence, *digest), tag.with_digest(*digest));
  }
  if (auto proven = editing_->prove(); !proven) return std::unexpected(std::move(proven.error()));
  stand_as_written();
  return {};
}

void FollowingPins::write() {
  editing_->write();
  stand_as_written();
}

std::map<Reference, const Occurrence*> FollowingPins::tags_of(const UpdateWork& work) const {
  std::map<Reference, const Occurrence*> tags;
  for (const Follower& follower : followers_) {
    if (follower.work == &work) tags.emplace(follower.occurrence->reference->without_digest(), follower.occurrence);
  }
  return tags;
}

EditingResult FollowingPins::finish() { return editing_->take(); }

void FollowingPins::stand_as_written() {
  for (const Follower& follower : followers_) {
    const Reference& pinned = *follower.occurrence->reference;
    const bool made = follower.to && editing_->made(*follower.occurrence);
    follower.work->places.stand_in(follower.place, made ? pinned.with_digest(*follower.to) : pinned);
  }
}

}  // namespace lock::ops
