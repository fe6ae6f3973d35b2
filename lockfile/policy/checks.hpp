// Everything that `lock` looks at and may say: one table of checks, the same ids in every reporter. lockfile/CHECKS.md
// is this table for people; a test compares them.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "resolver/image/finding.hpp"

namespace lock::policy {

struct Check {
  std::string_view id;
  image::Severity severity;  // by default; some places know better and say so where they report
  bool adjustable;           // [checks] and [[accept]] may name it; a lock that cannot be read is no matter of taste
  std::string_view summary;  // one line
  std::string_view page;     // what it means and what to do, as `lock explain` prints it
};

[[nodiscard]] std::span<const Check> checks();  // sorted by id
[[nodiscard]] const Check* find_check(std::string_view id);
[[nodiscard]] std::vector<std::string_view> adjustable_checks();

}  // namespace lock::policy
