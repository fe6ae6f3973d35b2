#include "lockfile/ops/finding.hpp"

#include <algorithm>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "lockfile/policy/checks.hpp"

namespace lock::ops {

image::Finding finding_of(std::string_view check, std::string message, std::string hint) {
  const policy::Check* row = policy::find_check(check);
  if (row == nullptr) throw std::logic_error("the check " + std::string(check) + " is not in the table");
  image::Finding finding;
  finding.check = check;
  finding.severity = row->severity;
  finding.message = std::move(message);
  finding.hint = std::move(hint);
  return finding;
}

Place place_of(const image::Occurrence& occurrence) { return {occurrence.file, occurrence.position, {}, 1}; }

std::string where(const image::Occurrence& occurrence) {
  const std::uint32_t line = occurrence.position.line;
  return line == 0 ? occurrence.file : occurrence.file + ":" + std::to_string(line);
}

image::Finding finding_at(const image::Occurrence& occurrence, std::string_view check, std::string message,
                          std::string hint) {
  image::Finding finding = finding_of(check, std::move(message), std::move(hint));
  finding.place = place_of(occurrence);
  finding.object = occurrence.object;
  finding.reference = occurrence.reference ? occurrence.reference->canonical() : std::string();
  return finding;
}

image::Undetermined undetermined_of(image::Finding finding, const Error& cause) {
  if (finding.hint.empty()) finding.hint = cause.hint;
  return {std::move(finding), base::describe(cause)};
}

void Findings::add(image::Finding finding) {
  scope_.policy.judge(finding, workspace_.today);
  out_.push_back(std::move(finding));
}

namespace {
auto order_of(const image::Finding& finding) {
  return std::tie(finding.place.file, finding.place.position, finding.check, finding.reference, finding.message,
                  finding.object);
}
}  // namespace

void sort_findings(std::vector<image::Finding>& findings) {
  std::ranges::stable_sort(findings, [](const auto& a, const auto& b) { return order_of(a) < order_of(b); });
}

void sort_undetermined(std::vector<image::Undetermined>& undetermined) {
  std::ranges::stable_sort(undetermined, [](const auto& a, const auto& b) {
    return std::tuple_cat(order_of(a.finding), std::tie(a.cause)) <
           std::tuple_cat(order_of(b.finding), std::tie(b.cause));
  });
}

}  // namespace lock::ops
