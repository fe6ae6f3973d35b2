#include "tests/support/trust/signed_tree.hpp"

#include "resolver/base/file.hpp"

namespace lock::test {

SignedTree::SignedTree() {
  tree_.file("tree/Dockerfile", "FROM registry.example/acme/base:1\n");
  settings("");
}

void SignedTree::serve(SignedRegistry& registry) {
  std::filesystem::remove_all(tree_ / "layout");
  registry.write_layout(tree_ / "layout");
}

void SignedTree::settings(const std::string& text) {
  file("images.toml", "[registry.\"registry.example\"]\nlayout = \"../layout\"\n" + text);
}

std::string SignedTree::read(const std::string& name) const {
  return base::read_file(tree_ / ("tree/" + name), std::size_t{1} << 20).value();
}

Ran SignedTree::run(std::vector<std::string> arguments) {
  return run_lock(tree_ / "tree", tree_ / "cache", std::move(arguments));
}

VerifyAnswer SignedTree::verify_anew() {
  std::filesystem::remove(tree_ / "tree/images.lock");
  static_cast<void>(run({"update"}));
  return verify();
}

VerifyAnswer SignedTree::verify() {
  return answer_of(run({"--report", "json", "verify", "--only", "signatures"}), &said_);
}

}  // namespace lock::test
