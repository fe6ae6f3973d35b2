// A tree with one image, registry.example/acme/base:1, and the OCI layout that its registry is: what a test of the
// whole program puts signatures into.
#pragma once

#include <string>
#include <vector>

#include "tests/support/command.hpp"
#include "tests/support/temporary_tree.hpp"
#include "tests/support/trust/signed_registry.hpp"

namespace lock::test {

class SignedTree {
 public:
  SignedTree();

  // The registry holds this from now on, and nothing else.
  void serve(SignedRegistry& registry);
  // images.toml, behind the lines about the registry.
  void settings(const std::string& text);
  void file(const std::string& name, const std::string& contents) { tree_.file("tree/" + name, contents); }

  [[nodiscard]] std::string read(const std::string& name) const;

  // Against the lock that is there; or locked anew first, whatever that says.
  [[nodiscard]] VerifyAnswer verify();
  [[nodiscard]] VerifyAnswer verify_anew();
  // Checks of the findings and of what stayed undetermined in the last verify, sorted, each once.
  [[nodiscard]] const std::vector<std::string>& said() const { return said_; }
  [[nodiscard]] Ran run(std::vector<std::string> arguments);

 private:
  support::TemporaryTree tree_;
  std::vector<std::string> said_;
};

}  // namespace lock::test
