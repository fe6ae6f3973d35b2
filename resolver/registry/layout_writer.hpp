// An OCI image layout on disk as the place where copies go (image-spec v1.1, image-layout.md). Every image and every
// signature tag is an entry of index.json that is named by its full reference, so one folder holds the images of
// several registries and `[registry."docker.io"] layout = "FOLDER"` reads it again. Referrers are entries without a
// name.
//
// What is there stays: entries of other tools are kept as they are; an entry whose name moves on loses the name, not
// its place. Blobs are written beside their place and renamed, index.json last; a killed run leaves blobs that the next
// one finds. One writer at a time.
#pragma once

#include <boost/json.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "resolver/base/file.hpp"
#include "resolver/registry/destination.hpp"
#include "resolver/registry/layout.hpp"

namespace lock::registry {

class LayoutWriter final : public Destination {
 public:
  // Makes the folder and its oci-layout. ErrorKind::usage: there is something else in it.
  [[nodiscard]] static Result<std::unique_ptr<LayoutWriter>> open(const std::filesystem::path& folder);

  [[nodiscard]] std::string place_of(const image::Repository&) const override { return {}; }
  [[nodiscard]] std::string name_of(const image::Reference& reference) const override;
  [[nodiscard]] std::string name_of_registry(const std::string&) const override { return folder_.string(); }
  [[nodiscard]] Task<Result<bool>> has_blob(image::Repository repository, image::Descriptor blob) override;
  [[nodiscard]] Task<Result<BlobPut>> put_blob(image::Repository repository, image::Descriptor blob,
                                               std::vector<image::Repository> elsewhere, Fetch fetch) override;
  [[nodiscard]] Task<Result<bool>> has_manifest(image::Reference reference) override;
  [[nodiscard]] Task<Result<bool>> put_manifest(image::Reference reference, image::VerifiedBytes bytes,
                                                std::string media_type) override;
  [[nodiscard]] Task<Result<bool>> check_manifest(image::Reference reference) override;
  [[nodiscard]] Task<Result<bool>> link_referrers(image::Reference subject,
                                                  std::vector<image::Descriptor> referrers) override;
  [[nodiscard]] Result<void> finish() override;
  [[nodiscard]] Task<Result<bool>> check_tag(image::Reference reference) override;

 private:
  LayoutWriter(std::filesystem::path folder, base::FileGuard guard, boost::json::object index)
      : folder_(std::move(folder)), guard_(std::move(guard)), index_(std::move(index)) {}
  [[nodiscard]] std::filesystem::path path_of(const image::Digest& digest) const;
  void add_entry(const image::Reference* name, const std::string& media_type, const image::Digest& digest,
                 std::size_t size, const std::string& artifact_type);

  std::filesystem::path folder_;
  base::FileGuard guard_;
  boost::json::object index_;
  std::map<std::string, std::size_t> by_name_;    // canonical name -> its entry
  std::map<std::string, std::size_t> by_digest_;  // digest -> one of its entries
  std::unique_ptr<Layout> written_;               // read back, after `finish`
};

}  // namespace lock::registry
