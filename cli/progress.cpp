#include "cli/progress.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

using image::Reference;

class ProgressRegistry final : public image::Registry {
 private:
  template <typename Ask>
  auto wave(std::string_view doing, std::size_t count, std::string_view noun, Ask ask) {
    if (count != 0) write_(std::string(doing) + base::count_of(count, noun) + "…");
    auto answers = ask();
    if (count != 0) write_("");
    return answers;
  }

 public:
  ProgressRegistry(std::unique_ptr<image::Registry> registry, std::function<void(std::string_view)> write)
      : registry_(std::move(registry)), write_(std::move(write)) {}

  std::vector<Result<image::Resolution>> resolve(std::span<const Reference> tags) override {
    return wave("asking what is behind ", tags.size(), "tag", [&] { return registry_->resolve(tags); });
  }
  std::vector<Result<image::ManifestContent>> manifests(std::span<const Reference> digests) override {
    return wave("fetching ", digests.size(), "manifest", [&] { return registry_->manifests(digests); });
  }
  std::vector<Result<image::VerifiedBytes>> blobs(std::span<const Reference> digests, std::size_t most) override {
    return wave("fetching ", digests.size(), "config", [&] { return registry_->blobs(digests, most); });
  }
  std::vector<Result<image::Presence>> presence(std::span<const Reference> digests) override {
    return wave("checking that it still exists: ", digests.size(), "manifest",
                [&] { return registry_->presence(digests); });
  }
  std::vector<Result<image::Referrers>> referrers(std::span<const Reference> subjects) override {
    return wave("looking for signatures of ", subjects.size(), "image", [&] { return registry_->referrers(subjects); });
  }
  void remember(const Reference& subject, std::span<const image::Attachment> listed) override {
    registry_->remember(subject, listed);
  }
  std::vector<image::Attachment> recall(const Reference& subject) override { return registry_->recall(subject); }

 private:
  std::unique_ptr<image::Registry> registry_;
  std::function<void(std::string_view)> write_;
};

}  // namespace

std::unique_ptr<image::Registry> with_progress(std::unique_ptr<image::Registry> registry,
                                               std::function<void(std::string_view)> write) {
  return std::make_unique<ProgressRegistry>(std::move(registry), std::move(write));
}

image::CopyWatch show_copying(std::function<void(std::string_view)> write) {
  using Clock = std::chrono::steady_clock;
  return [write = std::move(write), next = Clock::time_point()](const image::CopyCounts& counts) mutable {
    const Clock::time_point now = Clock::now();
    if (now < next) return;
    next = now + std::chrono::milliseconds(200);
    write("copied " + base::count_of(counts.images, "image") + ": " + base::count_of(counts.manifests, "manifest") +
          " and " + base::count_of(counts.blobs, "blob") + " sent (" + std::to_string(counts.bytes >> 20) + " MiB), " +
          std::to_string(counts.manifests_there + counts.blobs_there) + " there before…");
  };
}

}  // namespace lock::cli
