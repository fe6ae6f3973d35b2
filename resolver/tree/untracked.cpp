#include "resolver/tree/untracked.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "resolver/base/parallel.hpp"
#include "resolver/tree/descent.hpp"

namespace lock::tree {
namespace {

using Paths = std::unordered_set<std::string_view>;
using Names = std::vector<std::string_view>;
// Every folder that leads to a tracked path, with the names of the files tracked in it, sorted.
using Folders = std::unordered_map<std::string_view, Names>;

// Adds the folders above a folder, down to `below`.
void add_folders_above(std::string_view path, std::string_view below, Folders& folders) {
  while (path.size() > below.size()) {
    const auto slash = path.rfind('/');
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
    if (path.size() <= below.size() || !folders.try_emplace(path).second) return;
  }
}

Folders folders_of(const std::string& below, const std::vector<std::string>& tracked,
                   const std::vector<std::string>& submodules) {
  Folders folders;
  std::string_view last = below;  // neighbours mostly share theirs
  Names* names = &folders[below];
  for (const std::string_view path : tracked) {
    const std::size_t slash = path.rfind('/');
    const std::string_view folder = slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
    if (folder != last) {
      names = &folders[folder];
      add_folders_above(folder, below, folders);
      last = folder;
    }
    names->push_back(path.substr(slash + 1));  // npos + 1 is 0
  }
  for (const std::string_view path : submodules) add_folders_above(path, below, folders);
  return folders;
}

}  // namespace

std::optional<std::vector<std::string>> find_untracked(const std::string& checkout, const std::string& below,
                                                       const std::vector<std::string>& tracked,
                                                       const std::vector<std::string>& submodules, unsigned threads) {
  const Paths modules(submodules.begin(), submodules.end());
  const Folders folders = folders_of(below, tracked, submodules);
  std::vector<const Folders::value_type*> sorted;
  for (const auto& folder : folders) sorted.push_back(&folder);
  std::ranges::sort(sorted, {}, [](const auto* folder) { return folder->first; });

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
    const auto& [folder, names] = *sorted[i];
    const Opening opening = descents[thread].open_folder(folder);
    if (opening.outcome == Outcome::gone || opening.outcome == Outcome::link)
      return;  // listed by its parent, if at all
    std::string path;
    const bool is_read = opening.outcome == Outcome::opened &&
                         each_member(opening.descriptor, [&](std::string_view name, bool is_folder) {
                           if (name == ".git" || (!is_folder && std::ranges::binary_search(names, name))) return;
                           path.assign(folder);
                           if (!path.empty()) path += '/';
                           path += name;
                           if (is_folder && (folders.contains(path) || modules.contains(path))) return;
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
