#include "resolver/registry/copier.hpp"

#include <algorithm>
#include <deque>
#include <utility>

#include "resolver/base/text.hpp"
#include "resolver/registry/wave.hpp"

namespace lock::registry {
namespace {

using image::Copied;
using image::Descriptor;
using image::Digest;
using image::Manifest;
using image::Reference;
using image::Repository;
using image::VerifiedBytes;

constexpr std::size_t images_at_once = 16;
constexpr int blobs_at_once = 8;
constexpr int most_depth = 3;        // of indexes in indexes
constexpr int most_attachments = 3;  // a signature of an attestation of an image
constexpr std::size_t longest_tag = 128;

// Layers that a publisher does not let registries hand on (Windows base images of old) may lie nowhere near the image.
bool may_be_elsewhere(const Descriptor& blob) {
  return blob.media_type.contains(".foreign.") || blob.media_type.contains(".nondistributable.");
}

Result<bool> first_failure(std::vector<Result<bool>> results) {
  for (Result<bool>& result : results) {
    if (!result) return std::move(result);
  }
  return true;
}

Task<std::vector<Result<bool>>> all_of(std::vector<Task<Result<bool>>> tasks) {
  for (Task<Result<bool>>& task : tasks) task.start();
  std::vector<Result<bool>> results;
  for (Task<Result<bool>>& task : tasks) {
    Result<bool> result = co_await task;
    results.push_back(std::move(result));
  }
  co_return results;
}

// A digest without a tag is what registries clean up first, so it gets one.
Reference with_tag(const Reference& image) {
  if (image.tag()) return image;
  return {image.repository(), "pinned-" + std::string(image.digest()->hex().substr(0, 12)), image.digest()};
}

}  // namespace

struct ImageCopier::Tree {
  explicit Tree(ReadyQueue& ready) : done(ready) {}
  Signal done;
  Result<bool> result = true;
  std::vector<Digest> images;  // this manifest and those below it, without attestations
  std::optional<Digest> subject;
  std::optional<Descriptor> descriptor;  // as a list of referrers shows it
};

struct ImageCopier::Blob {
  explicit Blob(ReadyQueue& ready) : done(ready) {}
  Signal done;
  Result<bool> result = true;
};

// So many at once; the others wait in order.
class ImageCopier::Gate {
 public:
  Gate(ReadyQueue& ready, int places) : ready_(&ready), free_(places) {}

  struct Waiting {
    Gate* gate;
    [[nodiscard]] bool await_ready() const noexcept {
      if (gate->free_ == 0) return false;
      --gate->free_;
      return true;
    }
    void await_suspend(std::coroutine_handle<> caller) { gate->waiting_.push_back(caller); }
    void await_resume() const noexcept {}
  };
  [[nodiscard]] Waiting enter() { return Waiting{this}; }
  // The place goes to the next one that waits.
  void leave() {
    if (waiting_.empty()) {
      ++free_;
      return;
    }
    ready_->post(waiting_.front());
    waiting_.pop_front();
  }

 private:
  ReadyQueue* ready_;
  int free_;
  std::deque<std::coroutine_handle<>> waiting_;
};

ImageCopier::ImageCopier(Client::Router& source, std::unique_ptr<Destination> destination, image::CopyWatch watch)
    : source_(&source),
      destination_(std::move(destination)),
      watch_(std::move(watch)),
      gate_(std::make_unique<Gate>(source.loop().ready(), blobs_at_once)) {}

ImageCopier::~ImageCopier() = default;

std::string ImageCopier::name_of(const std::string& registry) const { return destination_->name_of_registry(registry); }

void ImageCopier::changed() const {
  if (watch_) watch_(counts_);
}

std::string ImageCopier::key_of(const Reference& reference) const {
  return destination_->place_of(reference.repository()) + "@" + reference.digest()->text();
}

std::vector<Result<Copied>> ImageCopier::copy(std::span<const Reference> images) {
  std::vector<Result<Copied>> results = run_wave<Copied>(source_->loop(), images, images_at_once,
                                                         [this](const Reference& image) { return copy_image(image); });
  const Result<void> finished = destination_->finish();
  if (!finished) return std::vector<Result<Copied>>(images.size(), std::unexpected(finished.error()));
  const std::vector<Result<bool>> checked =
      run_wave<bool>(source_->loop(), images, images_at_once,
                     [this](const Reference& image) { return destination_->check_tag(with_tag(image)); });
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i] && !checked[i]) results[i] = std::unexpected(checked[i].error());
  }
  return results;
}

Task<Result<Copied>> ImageCopier::copy_image(Reference image) {
  const Reference named = with_tag(image);
  Copied copied;
  copied.name = destination_->name_of(named);
  Result<bool> tree = co_await copy_tree(named, 0);
  if (tree && !named_.contains(named.canonical())) tree = co_await put_again(named);
  if (!tree) {
    ++counts_.images;
    changed();
    co_return std::unexpected(tree.error());
  }
  std::vector<Digest> subjects = trees_.at(key_of(named))->images;
  std::set<Digest> asked;
  for (int round = 0; round < most_attachments && !subjects.empty(); ++round) {
    std::vector<Digest> found;
    std::vector<Task<Result<bool>>> tasks;
    for (const Digest& digest : subjects) {
      if (!asked.insert(digest).second) continue;
      const Reference subject(named.repository(), std::nullopt, digest);
      tasks.push_back(copy_referrers(subject, found));
      for (const char* suffix : {".sig", ".att", ".sbom"}) {
        const std::string tag = std::string(digest.algorithm_name()) + "-" + std::string(digest.hex()) + suffix;
        if (tag.size() > longest_tag) continue;  // sha512 does not fit, so nothing can lie there
        tasks.push_back(copy_companion(Reference(named.repository(), tag, std::nullopt), found));
      }
    }
    Task<std::vector<Result<bool>>> together = all_of(std::move(tasks));
    std::vector<Result<bool>> results = co_await together;
    for (Result<bool>& result : results) {
      if (!result) copied.missing.push_back(std::move(result.error()));
    }
    copied.attached += found.size();
    subjects = std::move(found);
  }
  ++counts_.images;
  changed();
  co_return copied;
}

// A tree is only waited for from above, and a manifest cannot lie below itself: what refers to it is copied later, by
// `copy_image`, not as a part of it.
Task<Result<bool>> ImageCopier::copy_tree(Reference reference, int depth) {
  const std::string key = key_of(reference);
  if (const auto known = trees_.find(key); known != trees_.end()) {
    Tree* tree = known->second.get();
    co_await tree->done.wait();
    co_return tree->result;
  }
  Tree* tree = trees_.emplace(key, std::make_unique<Tree>(source_->loop().ready())).first->second.get();
  Result<bool> filled = co_await fill_tree(*tree, reference, depth);
  tree->result = filled;
  tree->done.happen();
  co_return filled;
}

Task<Result<bool>> ImageCopier::fill_tree(Tree& tree, Reference reference, int depth) {
  if (depth > most_depth) {
    co_return fail(ErrorKind::limit, reference.canonical() + " lies more than " + std::to_string(most_depth) +
                                         " indexes deep, which is not followed");
  }
  const Reference by_digest = reference.by_digest(*reference.digest());
  Result<image::ManifestContent> content = co_await source_->manifest(by_digest);
  if (!content) co_return std::unexpected(content.error());
  auto manifest = image::parse_manifest(content->bytes, content->served_type);
  if (!manifest) co_return std::unexpected(manifest.error());
  const VerifiedBytes bytes = content->bytes;
  const std::string media_type = manifest->media_type;
  if (manifest->subject) tree.subject = manifest->subject->digest;
  tree.images.push_back(*reference.digest());
  std::string artifact_type = manifest->artifact_type;
  if (artifact_type.empty() && manifest->config) artifact_type = manifest->config->media_type;
  tree.descriptor = Descriptor{media_type,   *reference.digest(),      bytes.bytes().size(),
                               std::nullopt, std::move(artifact_type), manifest->annotations};
  const bool is_index = manifest->kind == Manifest::Kind::index;
  Task<Result<bool>> parts = is_index ? copy_children(tree, reference, std::move(*manifest), depth)
                                      : copy_blobs(reference, std::move(*manifest));
  Result<bool> copied = co_await parts;
  if (!copied) co_return copied;
  Result<bool> written = co_await put(reference, bytes, media_type);
  co_return written;
}

Task<Result<bool>> ImageCopier::copy_children(Tree& tree, Reference reference, Manifest index, int depth) {
  std::vector<Task<Result<bool>>> tasks;
  for (const Descriptor& child : index.manifests)
    tasks.push_back(copy_tree(reference.by_digest(child.digest), depth + 1));
  Task<std::vector<Result<bool>>> together = all_of(std::move(tasks));
  std::vector<Result<bool>> results = co_await together;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Descriptor& child = index.manifests[i];
    const std::string platform = child.platform ? child.platform->text() + " " : "";
    if (!results[i]) co_return while_doing(platform + child.digest.short_text(), results[i].error());
    if (is_attestation(child)) continue;
    const Tree& below = *trees_.at(key_of(reference.by_digest(child.digest)));
    tree.images.insert(tree.images.end(), below.images.begin(), below.images.end());
  }
  co_return true;
}

Task<Result<bool>> ImageCopier::copy_blobs(Reference reference, Manifest manifest) {
  std::vector<Descriptor> blobs = std::move(manifest.layers);
  if (manifest.config) blobs.push_back(*manifest.config);
  std::vector<Task<Result<bool>>> tasks;
  for (const Descriptor& blob : blobs) tasks.push_back(copy_blob(reference.repository(), blob));
  Task<std::vector<Result<bool>>> together = all_of(std::move(tasks));
  std::vector<Result<bool>> results = co_await together;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i] || (may_be_elsewhere(blobs[i]) && results[i].error().kind == ErrorKind::absent)) continue;
    co_return std::unexpected(results[i].error());
  }
  co_return true;
}

Task<Result<bool>> ImageCopier::copy_blob(Repository repository, Descriptor blob) {
  const std::string key = destination_->place_of(repository) + "@" + blob.digest.text();
  if (const auto known = blobs_.find(key); known != blobs_.end()) {
    Blob* earlier = known->second.get();
    co_await earlier->done.wait();
    co_return earlier->result;
  }
  Blob* mine = blobs_.emplace(key, std::make_unique<Blob>(source_->loop().ready())).first->second.get();
  Result<bool> moved = co_await move_blob(repository, blob);
  if (moved) holders_[blob.digest].push_back(repository);
  mine->result = moved;
  mine->done.happen();
  changed();
  co_return moved;
}

Task<Result<bool>> ImageCopier::move_blob(Repository repository, Descriptor blob) {
  Result<bool> there = co_await destination_->has_blob(repository, blob);
  if (!there) co_return std::unexpected(there.error());
  if (*there) {
    ++counts_.blobs_there;
    co_return true;
  }
  // On its way to another repository: once it is there it can be mounted.
  while (holders_[blob.digest].empty() && moving_.contains(blob.digest)) {
    const std::shared_ptr<Signal> other = moving_.at(blob.digest);
    co_await other->wait();
  }
  const std::vector<Repository> elsewhere = holders_[blob.digest];
  std::shared_ptr<Signal> mine;
  if (elsewhere.empty()) {
    mine = std::make_shared<Signal>(source_->loop().ready());
    moving_[blob.digest] = mine;
  }
  co_await gate_->enter();
  const Reference source(repository, std::nullopt, blob.digest);
  const Destination::Fetch fetch = [this, source, size = blob.size](Spool& spool) {
    return source_->blob_to(source, size, spool);
  };
  Result<Destination::BlobPut> put = co_await destination_->put_blob(repository, blob, elsewhere, fetch);
  gate_->leave();
  Result<bool> checked = true;
  if (put) checked = co_await destination_->has_blob(repository, blob);
  if (put && checked && *checked && mine != nullptr) holders_[blob.digest].push_back(repository);
  if (mine != nullptr) {
    moving_.erase(blob.digest);
    mine->happen();
  }
  if (!put) co_return std::unexpected(put.error());
  if (!checked) co_return std::unexpected(checked.error());
  if (!*checked) {
    co_return fail(ErrorKind::absent, "blob " + blob.digest.text() + " of " + repository.name() +
                                          " was sent, and the far side does not have it");
  }
  if (*put == Destination::BlobPut::mounted) {
    ++counts_.blobs_mounted;
  } else {
    ++counts_.blobs;
    counts_.bytes += blob.size;
  }
  co_return true;
}

Task<Result<bool>> ImageCopier::put(Reference reference, VerifiedBytes bytes, std::string media_type) {
  Result<bool> there = co_await destination_->has_manifest(reference);
  if (!there) co_return std::unexpected(there.error());
  if (*there) {
    ++counts_.manifests_there;
  } else {
    Result<bool> written = co_await destination_->put_manifest(reference, bytes, media_type);
    if (!written) co_return while_doing("writing " + destination_->name_of(reference), written.error());
    ++counts_.manifests;
  }
  if (reference.tag()) named_.insert(reference.canonical());
  changed();
  Result<bool> checked = co_await destination_->check_manifest(reference);
  co_return checked;
}

// A second tag of a manifest that was copied under its first one.
Task<Result<bool>> ImageCopier::put_again(Reference reference) {
  Result<image::ManifestContent> content = co_await source_->manifest(reference.by_digest(*reference.digest()));
  if (!content) co_return std::unexpected(content.error());
  auto manifest = image::parse_manifest(content->bytes, content->served_type);
  if (!manifest) co_return std::unexpected(manifest.error());
  Result<bool> written = co_await put(reference, content->bytes, manifest->media_type);
  co_return written;
}

Task<Result<bool>> ImageCopier::copy_referrers(Reference subject, std::vector<Digest>& found) {
  Result<image::Referrers> referrers = co_await source_->referrers(subject);
  if (!referrers) co_return while_doing("asking for the referrers of " + subject.canonical(), referrers.error());
  std::vector<Task<Result<bool>>> tasks;
  for (const Descriptor& one : referrers->manifests) tasks.push_back(copy_tree(subject.by_digest(one.digest), 1));
  Task<std::vector<Result<bool>>> together = all_of(std::move(tasks));
  std::vector<Result<bool>> results = co_await together;
  if (referrers->unread) results.emplace_back(std::unexpected(*referrers->unread));
  std::vector<Descriptor> linked;
  for (std::size_t i = 0; i < referrers->manifests.size(); ++i) {
    if (!results[i]) continue;
    const Digest& digest = referrers->manifests[i].digest;
    const Tree& tree = *trees_.at(key_of(subject.by_digest(digest)));
    // A list may name anything; what counts is whom the manifest itself names.
    if (tree.subject != subject.digest()) continue;
    linked.push_back(*tree.descriptor);
    found.push_back(digest);
  }
  if (!linked.empty()) {
    Result<bool> done = co_await destination_->link_referrers(subject, std::move(linked));
    results.push_back(std::move(done));
  }
  Result<bool> failure = first_failure(std::move(results));
  if (!failure) co_return while_doing("copying what refers to " + subject.canonical(), failure.error());
  co_return true;
}

Task<Result<bool>> ImageCopier::copy_companion(Reference tag, std::vector<Digest>& found) {
  Result<image::Resolution> resolution = co_await source_->resolve(tag);
  if (!resolution && resolution.error().kind == ErrorKind::absent) co_return true;
  if (!resolution) co_return while_doing("looking for " + tag.canonical(), resolution.error());
  const Reference named = tag.with_digest(resolution->digest);
  Result<bool> copied = co_await copy_tree(named, 1);
  if (copied && !named_.contains(named.canonical())) copied = co_await put_again(named);
  if (!copied) co_return while_doing("copying " + tag.canonical(), copied.error());
  found.push_back(resolution->digest);
  co_return true;
}

}  // namespace lock::registry
