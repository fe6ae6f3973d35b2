#include "tests/support/pin_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "lockfile/document/write.hpp"
#include "lockfile/ops/demand.hpp"

namespace lock::test {
namespace {

ops::PinResult taken(Result<ops::PinResult> result) {
  EXPECT_TRUE(result) << show(result.error());
  return result ? std::move(*result) : ops::PinResult();
}

}  // namespace

PinWorld::PinWorld(FileMap files) : names(std::move(files)) {
  for (const auto& [file, bytes] : names) folder.write(file, bytes);
  workspace.scopes[0].policy = policy_of(names);
  rescan();
  lock_all();
}

FileMap PinWorld::on_disk() const {
  FileMap files;
  for (const auto& [file, bytes] : names) files.emplace(file, folder.read(file));
  return files;
}

void PinWorld::rescan() {
  scan.scopes[0].occurrences = collect_all(on_disk()).occurrences;
  std::ranges::stable_sort(scan.scopes[0].occurrences, [](const image::Occurrence& a, const image::Occurrence& b) {
    return std::tie(a.file, a.span, a.path, a.written) < std::tie(b.file, b.span, b.path, b.written);
  });
}

void PinWorld::lock_all() {
  document::Document document;
  const auto tag_digest = [](const image::Reference& tag) { return std::optional(digest_of(tag.canonical())); };
  for (const ops::Demand& demand : ops::demands_of(scan.scopes[0].occurrences, tag_digest).demands) {
    const image::Digest digest = demand.pin ? *demand.pin : digest_of(demand.key.canonical());
    document.insert({demand.key, digest, "a/b", {}});
  }
  folder.write("images.lock", document::write(document));
}

ops::Opened PinWorld::opened() const {
  ops::Opened opened;
  opened.workspace = workspace;
  opened.listing.root = folder.path().string();
  for (const auto& [file, bytes] : names) opened.listing.files.push_back({file, tree::Interest::possible, 0});
  return opened;
}

ops::PinResult PinWorld::pin(const ops::PinOptions& options) { return taken(ops::pin(opened(), scan, options)); }
ops::PinResult PinWorld::unpin(const ops::PinOptions& options) { return taken(ops::unpin(opened(), scan, options)); }

}  // namespace lock::test
