// A scripted registry with images that are signed by bundles among their referrers, and a tree that uses them, with a
// trusted root of its own.
#pragma once

#include <string>
#include <vector>

#include "tests/support/command.hpp"
#include "tests/support/registry/scripted_registry.hpp"
#include "tests/support/temporary_tree.hpp"
#include "tests/support/trust/world.hpp"

namespace lock::test {

class SignedImages {
 public:
  // acme/app-0:1 and so on, each an index with one platform. Without `personality.referrers`, under the fallback tag.
  explicit SignedImages(std::size_t count, Personality personality = {});

  [[nodiscard]] Ran lock(std::vector<std::string> arguments,
                         std::optional<std::chrono::milliseconds> deadline = std::nullopt) {
    return run_lock(tree_.path(), cache_.path(), std::move(arguments), deadline);
  }
  [[nodiscard]] ScriptedRegistry& registry() { return registry_; }
  [[nodiscard]] const support::TemporaryTree& cache() const { return cache_; }
  [[nodiscard]] std::string read(const std::string& file) const;  // of the tree
  // HOST for the registry, whose port is another one in each run.
  [[nodiscard]] std::string name_again(std::string text) const;

 private:
  void add(Content& content, const std::string& repository, bool fallback);

  World world_;
  ScriptedRegistry registry_;
  support::TemporaryTree tree_;
  support::TemporaryTree cache_;
};

}  // namespace lock::test
