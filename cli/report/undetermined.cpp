// A registry that is down leaves as many questions open as there are digests. A reader wants the cause once, and what
// it touches; the JSON report keeps every question.
#include <algorithm>
#include <map>
#include <set>

#include "cli/report/report.hpp"
#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

constexpr std::size_t kMostImages = 5;

using image::Undetermined;
using Questions = std::vector<const Undetermined*>;

std::string where(const Place& place) {
  if (place.file.empty()) return {};
  return base::harmless(place.file) + ":" + std::to_string(place.position.line) + ":" +
         std::to_string(place.position.column) + ": ";
}

std::string paragraph(const Questions& questions, const Style& style) {
  std::string out = style.yellow("undetermined") + ": " + base::harmless(questions.front()->cause, 2000) + "\n";
  std::set<std::string> images;
  std::set<std::string> checks;
  for (const Undetermined* question : questions) {
    const image::Finding& finding = question->finding;
    checks.insert(finding.check);
    if (!images.insert(finding.reference).second || images.size() > kMostImages) continue;
    out += "  " + where(finding.place) + base::harmless(finding.reference, 300) + "\n";
  }
  if (images.size() > kMostImages) out += "  … and " + std::to_string(images.size() - kMostImages) + " more\n";
  std::string names;
  for (const std::string& check : checks) names += (names.empty() ? "" : ", ") + check;
  out += "  " + base::count_of(questions.size(), "question") + " about " + base::count_of(images.size(), "image") +
         " " + style.dim("[" + names + "], -v shows each") + "\n";
  const std::string& hint = questions.front()->finding.hint;
  if (!hint.empty()) out += "  " + style.bold("hint:") + " " + base::harmless(hint) + "\n";
  return out;
}

}  // namespace

std::string to_text(std::span<const Undetermined> undetermined, const Style& style, bool each) {
  std::map<std::string, Questions> by_cause;
  for (const Undetermined& one : undetermined) {
    // Without an image it is about a file, and what is wrong there stands in its own message.
    if (!each && !one.finding.reference.empty()) by_cause[one.cause].push_back(&one);
  }
  std::string out;
  for (const Undetermined& one : undetermined) {
    const auto found = one.finding.reference.empty() ? by_cause.end() : by_cause.find(one.cause);
    if (found == by_cause.end() || found->second.size() == 1) {
      out += to_text(one, style);
    } else if (found->second.front() == &one) {
      out += paragraph(found->second, style);
    }
  }
  return out;
}

}  // namespace lock::cli
