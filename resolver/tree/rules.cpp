#include "resolver/tree/rules.hpp"

#include <algorithm>
#include <utility>

namespace lock::tree {
namespace {

// Every pattern may be compared with every path: a file of millions of patterns would be a way to stop the clock.
constexpr std::size_t most_ignore_bytes = std::size_t{128} << 10;

}  // namespace

bool is_skipped_name(std::string_view name) { return std::ranges::find(skipped_names, name) != skipped_names.end(); }

void LeftOut::add(const LeftOut& other) {
  for (const auto& [name, count] : other.skipped_folders) skipped_folders[name] += count;
  ignored += other.ignored;
}

void sort_problems(std::vector<image::Problem>& problems) {
  std::ranges::sort(problems, {}, [](const image::Problem& problem) {
    return std::pair<std::string_view, std::string_view>(problem.place.file, problem.message);
  });
}

std::string join_path(std::string_view folder, std::string_view name) {
  std::string path(folder);
  if (!path.empty()) path += '/';
  return path += name;
}

Chain with_ignore_file(Descent& descent, const std::string& folder, const Chain& outer,
                       std::vector<image::Problem>& problems) {
  const std::string path = join_path(folder, ignore_name);
  const Opening opening = descent.open(path);
  Contents contents{.outcome = opening.outcome, .error_number = opening.error_number, .bytes = {}};
  if (opening.outcome == Outcome::opened) read_contents(opening, most_ignore_bytes, contents);
  if (contents.outcome == Outcome::gone) return outer;
  if (contents.outcome != Outcome::opened) {
    image::Problem problem;
    problem.check = "unreadable-file";
    problem.message = "the ignore file " + reason_of(contents.outcome, contents.error_number, most_ignore_bytes);
    problem.hint = "nothing is left out on its account";
    problem.place.file = path;
    problems.push_back(std::move(problem));
    return outer;
  }
  IgnoreFile file(folder, contents.bytes);
  if (file.empty()) return outer;
  return std::make_shared<const IgnoreChain>(IgnoreChain{.file = std::move(file), .outer = outer});
}

}  // namespace lock::tree
