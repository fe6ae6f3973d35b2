#include "lockfile/ops/explain.hpp"

#include <algorithm>

namespace lock::ops {
namespace {

void add(std::vector<DecidingRule>& out, const Scope& scope, DecidingRule rule) {
  const auto known = std::ranges::find_if(out, [&](const DecidingRule& one) {
    return one.place.file == rule.place.file && one.place.position == rule.place.position;
  });
  DecidingRule& row = known == out.end() ? out.emplace_back(std::move(rule)) : *known;
  row.scopes.push_back(scope.folder);
}

}  // namespace

std::string_view name_of(DecidingRule::Kind kind) {
  return kind == DecidingRule::Kind::signatures ? "[[rule]]" : "[[first-party]]";
}

std::vector<DecidingRule> explain(const Workspace& workspace, const image::Reference& image) {
  std::vector<DecidingRule> out;
  for (const Scope& scope : workspace.scopes) {
    for (const settings::Rule* rule : scope.policy.rules_for(image)) {
      const auto open = scope.policy.shortfall(*rule, {});
      add(out, scope, {DecidingRule::Kind::signatures, rule->place, open ? open->demand : std::string(), {}});
    }
    if (const auto* rule = scope.policy.find_first_party(image)) {
      add(out, scope, {DecidingRule::Kind::first_party, rule->place, {}, {}});
    }
  }
  return out;
}

}  // namespace lock::ops
