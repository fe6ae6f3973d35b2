// A small world for tests of the deeds: a temporary work tree with its scopes, an occurrence here and there, and a
// registry in memory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lockfile/ops/scan.hpp"
#include "lockfile/ops/update.hpp"
#include "lockfile/ops/verify.hpp"
#include "lockfile/ops/workspace.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/memory_registry.hpp"
#include "tests/support/memory_verifier.hpp"

namespace lock::test {

struct TreeWorld {
  TreeWorld();

  // Settings of the root scope.
  void settle(std::string_view images_toml);
  // A scope below the root.
  void add_scope(std::string_view folder, std::string_view images_toml);
  // `where` is "file:line". The scope is that of the longest folder that holds the file.
  image::Occurrence& add(std::string_view where, std::string_view reference);
  image::Occurrence& guess(std::string_view where, std::string_view reference);
  void forget();  // every occurrence

  ops::UpdateResult update(const ops::UpdateOptions& options = {});
  [[nodiscard]] std::string lock() const { return folder.read("images.lock"); }
  // Edits images.lock on disk.
  void edit_lock(std::string_view from, std::string_view to) const;

  TemporaryFolder folder;
  ops::Workspace workspace;
  ops::Scan scan;
  MemoryRegistry registry;
  MemoryVerifier verifier;
};

[[nodiscard]] std::string show(const ops::UpdateResult& result);  // changes, findings, undetermined
[[nodiscard]] std::string show(const ops::Verification& result);
[[nodiscard]] std::string show(const std::vector<image::Undetermined>& undetermined);

}  // namespace lock::test
