// The attack table of the bundle verifier, as data: every row starts from a bundle that verifies and differs from it in
// one place, what the signer was given (`recipe`) or what was done to the documents afterwards (`edit`). The verifier's
// own test judges a row by the step that refuses; the program's by the check id and the exit status.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/trust/world.hpp"

namespace lock::test {

// What a verifier is given.
struct Scene {
  Recipe recipe;
  boost::json::value bundle;
  boost::json::value root;
  Bytes artifact = image_manifest("signed");
  std::optional<Key> trusted_key;  // instead of the root's authorities
  bool require_log = false;
};

struct Attack {
  std::string name;
  Recipe green;
  std::string expected;  // "STEP (STATE)", or "verified"
  std::function<void(Recipe&)> recipe;
  std::function<void(Scene&)> edit;
};

[[nodiscard]] const World& this_world();
[[nodiscard]] const World& other_world();

[[nodiscard]] Scene stage(const Recipe& recipe);  // the green sibling of a row is stage(row.green)
[[nodiscard]] Scene stage_red(const Attack& attack);

[[nodiscard]] std::vector<Attack> binding_attacks();
[[nodiscard]] std::vector<Attack> time_attacks();
[[nodiscard]] std::vector<Attack> transparency_log_attacks();
[[nodiscard]] std::vector<Attack> certificate_profile_attacks();
[[nodiscard]] std::vector<Attack> identity_attacks();
[[nodiscard]] std::vector<Attack> crypto_attacks();
// Whole instances that are not as ours: authorities that end early or reach too far, a root that only stamps.
[[nodiscard]] std::vector<Attack> instance_attacks();

}  // namespace lock::test
