#include "resolver/tree/untracked.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "resolver/base/parallel.hpp"
#include "resolver/tree/descent.hpp"

namespace lock::tree {
namespace {

using Paths = std::unordered_set<std::string_view>;

// Adds the folders that lead to a path, down to `below`.
void add_folders_of(std::string_view path, std::string_view below, Paths& folders) {
  while (path.size() > below.size()) {
    const auto slash = path.rfind('/');
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
    if (path.size() <= below.size() || !folders.insert(path).second) return;
  }
}

Paths folders_of(const std::string& below, const std::vector<std::string>& tracked,
                 const std::vector<std::string>& submodules) {
  Paths folders{below};
  std::string_view last = below;  // neighbours mostly share theirs
  for (const std::string_view path : tracked) {
    const std::string_view folder = path.substr(0, std::min(path.rfind('/'), path.size()));
    if (folder != last) add_folders_of(path, below, folders);
    last = folder;
  }
  for (const std::string_view path : submodules) add_folders_of(path, below, folders);
  return folders;
}

}  // namespace

std::optional<std::vector<std::string>> find_untracked(const std::string& checkout, const std::string& below,
                                                       const std::vector<std::string>& tracked,
                                                       const std::vector<std::string>& submodules, unsigned threads) {
  const Paths files(tracked.begin(), tracked.end(), tracked.size());
  const Paths modules(submodules.begin(), submodules.end());
  const Paths folders = folders_of(below, tracked, submodules);
  std::vector<std::string_view> sorted(folders.begin(), folders.end());
  std::ranges::sort(sorted);

  std::vector<Descent> descents;
  for (unsigned i = 0; i < threads; ++i) {
    auto descent = Descent::at(checkout);
    if (!descent) return std::nullopt;
    descents.push_back(std::move(*descent));
  }
  std::vector<std::vector<std::string>> found(threads);
  std::atomic<bool> complete = true;
  constexpr std::size_t run_length = 32;
  base::in_parallel(sorted.size(), run_length, threads, [&](unsigned thread, std::size_t i) {
    const Opening opening = descents[thread].open_folder(sorted[i]);
    if (opening.outcome == Outcome::gone || opening.outcome == Outcome::link)
      return;  // listed by its parent, if at all
    std::string path;
    const bool is_read = opening.outcome == Outcome::opened &&
                         each_member(opening.descriptor, [&](std::string_view name, bool is_folder) {
                           if (name == ".git") return;
                           path.assign(sorted[i]);
                           if (!path.empty()) path += '/';
                           path += name;
                           if (is_folder ? folders.contains(path) || modules.contains(path) : files.contains(path))
                             return;
                           found[thread].push_back(path);
                         });
    if (!is_read) complete = false;
  });
  if (!complete) return std::nullopt;
  std::vector<std::string> all;
  for (auto& part : found) std::ranges::move(part, std::back_inserter(all));
  std::ranges::sort(all);
  return all;
}

}  // namespace lock::tree
