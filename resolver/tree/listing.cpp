#include "resolver/tree/listing.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "resolver/base/parallel.hpp"
#include "resolver/base/text.hpp"
#include "resolver/tree/git.hpp"
#include "resolver/tree/plain.hpp"

namespace lock::tree {
namespace {

std::string_view folder_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::string_view name_of_path(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool lies_in(std::string_view path, std::string_view folder) {
  return folder.empty() || path == folder ||
         (path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/');
}

image::Problem problem_with(image::Problem::Severity severity, std::string check, std::string message,
                            std::string hint) {
  image::Problem problem;
  problem.severity = severity;
  problem.check = std::move(check);
  problem.message = std::move(message);
  problem.hint = std::move(hint);
  return problem;
}

// The ignore files from the top down to the folder above the root; the root's own comes with the walk. The root itself
// is never left out: somebody stands in it and asks.
Chain chain_above(Descent& descent, const std::string& root_in_top, std::vector<image::Problem>& problems) {
  Chain chain;
  if (root_in_top.empty()) return chain;
  chain = with_ignore_file(descent, "", chain, problems);
  for (auto slash = root_in_top.find('/'); slash != std::string::npos; slash = root_in_top.find('/', slash + 1)) {
    chain = with_ignore_file(descent, root_in_top.substr(0, slash), chain, problems);
  }
  return chain;
}

// Sorts out what git listed. Remembers about each folder whether it is left out and which ignore files hold in it.
class Sorter {
 public:
  Sorter(Descent descent, const std::vector<std::string>& paths, std::string root, Chain above)
      : descent_(std::move(descent)), root_(std::move(root)), above_(std::move(above)) {
    for (const std::string_view path : paths) {
      if (name_of_path(path) == ignore_name) with_ignore_file_.insert(folder_of(path));
    }
  }

  bool keeps(const std::string& path, bool is_folder) {
    const Folder& folder = look_up(folder_of(path));
    if (folder.left_out) return false;
    if (is_folder && is_skipped_name(name_of_path(path))) {
      ++left_out.skipped_folders[std::string(name_of_path(path))];
      return false;
    }
    if (!is_ignored(folder.chain.get(), path, is_folder)) return true;
    ++left_out.ignored;
    return false;
  }

  LeftOut left_out;
  std::vector<image::Problem> problems;

 private:
  struct Folder {
    bool left_out = false;
    Chain chain;
  };

  const Folder& look_up(std::string_view path) {
    if (last_ != nullptr && path == last_path_) return *last_;
    const auto known = folders_.find(path);
    const Folder& folder = known != folders_.end() ? known->second : folders_.emplace(path, decide(path)).first->second;
    last_ = &folder;
    last_path_ = path;
    return folder;
  }

  // Recursion as deep as the path has segments, which git bounds by the length of a path.
  Folder decide(std::string_view path) {
    Chain chain = above_;
    if (path != root_) {
      const Folder above = look_up(folder_of(path));
      if (above.left_out || !keeps(std::string(path), true)) return {.left_out = true, .chain = nullptr};
      chain = above.chain;
    }
    if (with_ignore_file_.contains(path)) chain = with_ignore_file(descent_, std::string(path), chain, problems);
    return {.left_out = false, .chain = std::move(chain)};
  }

  Descent descent_;
  std::string root_;
  Chain above_;
  std::unordered_set<std::string_view> with_ignore_file_;
  std::unordered_map<std::string_view, Folder> folders_;  // views into the list that the caller holds
  const Folder* last_ = nullptr;
  std::string_view last_path_;
};

// Tracked, not on disk, and nobody deleted it: what it holds cannot be known here.
std::optional<image::Problem> sparse_problem(const std::vector<std::string>& sparse, Descent& descent, Sorter& sorter,
                                             const std::function<Interest(std::string_view)>& interest,
                                             std::size_t skip) {
  std::size_t count = 0;
  for (const auto& path : sparse) {
    const bool wanted = interest(std::string_view(path).substr(skip)) != Interest::none;
    if (wanted && descent.look(path) == Outcome::gone && sorter.keeps(path, false)) ++count;
  }
  if (count == 0) return std::nullopt;
  return problem_with(image::Problem::Severity::undetermined, "unreadable-file",
                      base::count_of(count, "tracked file") + " outside of the sparse checkout could not be read",
                      "run: git sparse-checkout disable");
}

struct Found {
  std::vector<std::string> paths;  // from the top
  LeftOut left_out;
  std::size_t submodules = 0;
  std::vector<image::Problem> problems;
};

Result<Found> find_by_git(const Location& location, const ListingOptions& options) {
  const std::string root = location.root_in_top();
  auto files = ask_git(location.checkout, root, base::thread_count(options.threads));
  if (!files) return std::unexpected(std::move(files.error()));
  auto descent = Descent::at(location.top());
  auto second = Descent::at(location.top());
  if (!descent || !second) return std::unexpected(std::move(descent ? second.error() : descent.error()));
  Found found;
  Chain above = chain_above(*descent, root, found.problems);
  Sorter sorter(std::move(*descent), files->paths, root, std::move(above));
  std::vector<std::uint8_t> is_kept;  // of files->paths, which the sorter looks into until its end
  is_kept.reserve(files->paths.size());
  for (const auto& path : files->paths) is_kept.push_back(sorter.keeps(path, false) ? 1 : 0);
  for (const auto& path : files->submodules) {
    if (sorter.keeps(path, true)) ++found.submodules;
  }
  found.left_out = sorter.left_out;
  const std::size_t skip = root.empty() ? 0 : root.size() + 1;
  if (auto problem = sparse_problem(files->sparse, *second, sorter, options.interest, skip)) {
    found.problems.push_back(std::move(*problem));
  }
  std::ranges::move(sorter.problems, std::back_inserter(found.problems));
  for (const auto& warning : files->warnings) {
    found.problems.push_back(problem_with(image::Problem::Severity::undetermined, "unreadable-file",
                                          "git could not list everything: " + warning,
                                          "make it readable, or leave it out with a .gitignore"));
  }
  std::size_t index = 0;
  std::erase_if(files->paths, [&](const std::string&) { return is_kept[index++] == 0; });
  found.paths = std::move(files->paths);
  return found;
}

Result<Found> find_by_walk(const Location& location, const ListingOptions& options) {
  const std::string root = location.root_in_top();
  auto descent = Descent::at(location.top());
  if (!descent) return std::unexpected(std::move(descent.error()));
  Found found;
  const Chain above = chain_above(*descent, root, found.problems);
  auto files = walk_folder(location.top(), root, above, base::thread_count(options.threads));
  if (!files) return std::unexpected(std::move(files.error()));
  found.paths = std::move(files->paths);
  found.left_out = std::move(files->left_out);
  std::ranges::move(files->problems, std::back_inserter(found.problems));
  return found;
}

// Every folder with a settings file in it, whatever kind of thing that is: what cannot be read is an error later.
std::vector<std::string> find_scopes(const std::vector<std::string>& paths, Descent& descent) {
  std::vector<std::string> scopes{""};
  for (const auto& path : paths) {
    if (name_of_path(path) != settings_name || path == settings_name) continue;
    if (descent.look(path) != Outcome::gone) scopes.emplace_back(folder_of(path));
  }
  std::ranges::sort(scopes);
  return scopes;
}

class ScopeOf {
 public:
  explicit ScopeOf(const std::vector<std::string>& scopes) {
    for (std::uint32_t i = 0; i < scopes.size(); ++i) indexes_.emplace(scopes[i], i);
  }
  std::uint32_t operator()(std::string_view path) const {
    std::string_view folder = folder_of(path);
    if (indexes_.size() == 1 || folder.empty()) return 0;
    for (;; folder = folder_of(folder)) {
      if (const auto found = indexes_.find(folder); found != indexes_.end()) return found->second;
    }
  }

 private:
  std::unordered_map<std::string_view, std::uint32_t> indexes_;
};

}  // namespace

const ListedFile* Listing::find(std::string_view path) const {
  const auto file = std::ranges::lower_bound(files, path, {}, [](const auto& f) { return std::string_view(f.path); });
  return file != files.end() && file->path == path ? &*file : nullptr;
}

Result<Listing> list_files(const Location& location, const ListingOptions& options) {
  const bool from_git = !location.checkout.empty();
  auto found = from_git ? find_by_git(location, options) : find_by_walk(location, options);
  if (!found) return std::unexpected(std::move(found.error()));
  auto descent = Descent::at(location.root);
  if (!descent) return std::unexpected(std::move(descent.error()));

  // From here on, paths and places begin at the root of the run.
  const std::string root = location.root_in_top();
  const std::size_t skip = root.empty() ? 0 : root.size() + 1;
  for (auto& path : found->paths) path.erase(0, skip);
  for (auto& problem : found->problems) {
    if (skip != 0 && lies_in(problem.place.file, root)) problem.place.file.erase(0, skip);
    if (problem.place.file == root && skip != 0) problem.place.file = ".";
  }
  sort_problems(found->problems);

  Listing listing;
  listing.root = location.root;
  listing.from_git = from_git;
  listing.scopes = find_scopes(found->paths, *descent);
  listing.left_out = std::move(found->left_out);
  listing.submodules = found->submodules;
  listing.problems = std::move(found->problems);
  listing.files.reserve(found->paths.size());
  const ScopeOf scope_of(listing.scopes);
  for (auto& path : found->paths) {
    const auto is_in = [&](std::string_view only) { return lies_in(path, only); };
    if (!options.only.empty() && std::ranges::none_of(options.only, is_in)) continue;
    listing.files.push_back({.path = std::move(path)});
  }
  base::in_parallel(listing.files.size(), 1024, base::thread_count(options.threads), [&](unsigned, std::size_t i) {
    ListedFile& file = listing.files[i];
    file.interest = options.interest(file.path);
    file.scope = scope_of(file.path);
  });
  return listing;
}

}  // namespace lock::tree
