// Copies whole images from wherever the router finds them to a destination (resolver/image/copier.hpp says what whole
// means). Children before their index, blobs before their manifest, subjects before what refers to them, so that a
// registry that checks never sees a manifest whose parts are missing, and a run that was killed goes on where it
// stopped.
//
// Everything that images share is done once a run: a blob for each place, a manifest for each repository. Memory is
// bounded by the number of images and blobs on their way, not by their size.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "resolver/image/copier.hpp"
#include "resolver/registry/client.hpp"
#include "resolver/registry/destination.hpp"
#include "resolver/registry/router.hpp"

namespace lock::registry {

class ImageCopier final : public image::Copier {
 public:
  // `watch` is called whenever the counts change. The router must outlive the copier.
  ImageCopier(Client::Router& source, std::unique_ptr<Destination> destination, image::CopyWatch watch);
  ~ImageCopier() override;

  [[nodiscard]] std::vector<Result<image::Copied>> copy(std::span<const image::Reference> images) override;
  [[nodiscard]] std::string name_of(const std::string& registry) const override;
  [[nodiscard]] image::CopyCounts counts() const override { return counts_; }

 private:
  struct Tree;  // a manifest with what it names
  struct Blob;
  class Gate;

  [[nodiscard]] Task<Result<image::Copied>> copy_image(image::Reference image);
  [[nodiscard]] Task<Result<bool>> copy_tree(image::Reference reference, int depth);
  [[nodiscard]] Task<Result<bool>> fill_tree(Tree& tree, image::Reference reference, int depth);
  [[nodiscard]] Task<Result<bool>> copy_children(Tree& tree, image::Reference reference, image::Manifest index,
                                                 int depth);
  [[nodiscard]] Task<Result<bool>> copy_blobs(image::Reference reference, image::Manifest manifest);
  [[nodiscard]] Task<Result<bool>> copy_blob(image::Repository repository, image::Descriptor blob);
  [[nodiscard]] Task<Result<bool>> move_blob(image::Repository repository, image::Descriptor blob);
  [[nodiscard]] Task<Result<bool>> put(image::Reference reference, image::VerifiedBytes bytes, std::string media_type);
  [[nodiscard]] Task<Result<bool>> put_again(image::Reference reference);
  [[nodiscard]] Task<Result<bool>> copy_referrers(image::Reference subject, std::vector<image::Digest>& found);
  [[nodiscard]] Task<Result<bool>> copy_companion(image::Reference tag, std::vector<image::Digest>& found);
  [[nodiscard]] std::string key_of(const image::Reference& reference) const;
  void changed() const;

  Client::Router* source_;
  std::unique_ptr<Destination> destination_;
  image::CopyWatch watch_;
  image::CopyCounts counts_;
  std::map<std::string, std::unique_ptr<Tree>> trees_;               // by place and digest
  std::map<std::string, std::unique_ptr<Blob>> blobs_;               // by place and digest
  std::map<image::Digest, std::vector<image::Repository>> holders_;  // of blobs at the far side
  std::map<image::Digest, std::shared_ptr<Signal>> moving_;          // blobs that nobody there holds yet
  std::set<std::string> named_;                                      // tags that were put
  std::unique_ptr<Gate> gate_;
};

}  // namespace lock::registry
