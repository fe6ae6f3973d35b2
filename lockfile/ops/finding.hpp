// Small shared pieces of the deeds: findings with the severity of their check, and places of occurrences.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lockfile/ops/workspace.hpp"
#include "resolver/base/error.hpp"
#include "resolver/image/finding.hpp"
#include "resolver/image/occurrence.hpp"
#include "resolver/image/reference.hpp"

namespace lock::ops {

// With the default severity of the check, which must be in the table.
[[nodiscard]] image::Finding finding_of(std::string_view check, std::string message, std::string hint = {});

// The same at an occurrence, with its place and object.
[[nodiscard]] image::Finding finding_at(const image::Occurrence& occurrence, std::string_view check,
                                        std::string message, std::string hint = {});

[[nodiscard]] Place place_of(const image::Occurrence& occurrence);
// "deploy/web.yaml:12", for sentences.
[[nodiscard]] std::string where(const image::Occurrence& occurrence);

// What could not be checked, and why. The finding is the question.
[[nodiscard]] image::Undetermined undetermined_of(image::Finding finding, const Error& cause);

// Collects findings of one scope, judged by its policy.
class Findings {
 public:
  Findings(const Workspace& workspace, const Scope& scope, std::vector<image::Finding>& out)
      : workspace_(workspace), scope_(scope), out_(out) {}
  void add(image::Finding finding);

 private:
  const Workspace& workspace_;
  const Scope& scope_;
  std::vector<image::Finding>& out_;
};

// By file, place, check, reference, message: the same order on every machine.
void sort_findings(std::vector<image::Finding>& findings);
void sort_undetermined(std::vector<image::Undetermined>& undetermined);

}  // namespace lock::ops
