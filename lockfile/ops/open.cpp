#include "lockfile/ops/open.hpp"

#include <map>
#include <utility>

#include "lockfile/policy/checks.hpp"
#include "resolver/base/file.hpp"
#include "resolver/base/text.hpp"
#include "resolver/collect/collector.hpp"

namespace lock::ops {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostSettings = std::size_t{1} << 20;

tree::Interest interest_of(std::string_view path) {
  switch (collect::claim(path)) {
    case collect::Claim::none: return tree::Interest::none;
    case collect::Claim::possible: return tree::Interest::possible;
    case collect::Claim::declared: return tree::Interest::declared;
  }
  std::unreachable();
}

Result<settings::Settings> read_settings(const fs::path& path, const std::string& name) {
  const auto text = base::read_file(path, kMostSettings);
  if (!text) {
    // A file that was asked for by name and is not there is a mistake of the caller.
    Error error = text.error();
    error.kind = ErrorKind::configuration;
    return while_doing("could not read " + name, std::move(error));
  }
  const auto checks = policy::adjustable_checks();
  return settings::read(*text, name, checks);
}

// Arguments are relative to where the command was started; the listing wants them relative to the root.
Result<std::vector<std::string>> relative_to_root(const OpenOptions& options, const std::string& root) {
  std::vector<std::string> out;
  for (const std::string& path : options.only) {
    auto relative = path_in_root(options.start, path, root);
    if (!relative) return std::unexpected(std::move(relative.error()));
    if (relative->empty()) return std::vector<std::string>();
    out.push_back(std::move(*relative));
  }
  return out;
}

bool lies_in(std::string_view folder, std::string_view outer) {
  return outer.empty() || folder == outer || (folder.starts_with(outer) && folder[outer.size()] == '/');
}

std::string in_folder(const std::string& folder, std::string_view name) {
  return folder.empty() ? std::string(name) : folder + "/" + std::string(name);
}

// Reads every images.toml that matters once and makes the policy of each scope from those around it.
class Opening {
 public:
  Opening(const OpenOptions& options, const tree::Location& location, const tree::Listing& listing)
      : options_(options), location_(location), listing_(listing) {}

  Result<Workspace> run() {
    if (auto read = read_outer(); !read) return std::unexpected(read.error());
    if (auto read = read_inner(); !read) return std::unexpected(read.error());
    Workspace workspace;
    workspace.root = location_.root;
    workspace.today = options_.today;
    for (const std::string& folder : listing_.scopes) {
      auto policy = policy::Policy::make(layers_of(folder));
      if (!policy) return std::unexpected(policy.error());
      const auto own = inner_.find(folder);
      workspace.scopes.push_back({folder, in_folder(folder, "images.lock"),
                                  own == inner_.end() ? "" : own->second.settings.file, std::move(*policy)});
    }
    std::vector<const settings::Settings*> all;
    for (const policy::Layer& layer : outer_) all.push_back(&layer.settings);
    for (const auto& [folder, layer] : inner_) all.push_back(&layer.settings);
    auto registries = policy::merge_registries(all);
    if (!registries) return std::unexpected(registries.error());
    workspace.registries = std::move(*registries);
    return workspace;
  }

 private:
  Result<void> read_outer() {
    for (const std::string& folder : location_.outer_scopes) {
      const std::string name = fs::path(folder).lexically_relative(location_.root).string() + "/images.toml";
      auto read = read_settings(fs::path(folder) / tree::settings_name, name);
      if (!read) return std::unexpected(read.error());
      outer_.push_back({std::move(*read), fs::path(location_.root).lexically_relative(folder).string()});
    }
    return {};
  }

  Result<void> read_inner() {
    for (const std::string& folder : listing_.scopes) {
      const bool root = folder.empty();
      if (root && options_.config.empty() && !location_.has_settings) continue;
      const bool replaced = root && !options_.config.empty();
      const fs::path path = replaced ? fs::absolute(options_.start) / options_.config
                                     : fs::path(location_.root) / folder / tree::settings_name;
      auto read = read_settings(path, replaced ? options_.config : in_folder(folder, tree::settings_name));
      if (!read) return std::unexpected(read.error());
      // Its globs are those of the root, wherever the file that replaces it lies.
      if (replaced) read->folder.clear();
      inner_.emplace(folder, policy::Layer{std::move(*read), ""});
    }
    return {};
  }

  [[nodiscard]] std::vector<policy::Layer> layers_of(const std::string& scope) const {
    std::vector<policy::Layer> layers = outer_;
    for (const auto& [folder, layer] : inner_) {
      if (lies_in(scope, folder)) layers.push_back(layer);
    }
    return layers;
  }

  const OpenOptions& options_;
  const tree::Location& location_;
  const tree::Listing& listing_;
  std::vector<policy::Layer> outer_;            // outermost first
  std::map<std::string, policy::Layer> inner_;  // by folder: a folder sorts before those in it
};

}  // namespace

Result<std::string> path_in_root(const fs::path& start, const std::string& path, const fs::path& root) {
  const fs::path absolute = fs::weakly_canonical(fs::absolute(start) / path);
  const std::string relative = absolute.lexically_relative(root).string();
  if (relative.empty() || relative == ".." || relative.starts_with("../")) {
    return fail(ErrorKind::usage, base::harmless(path, 200) + " lies outside of " + root.string());
  }
  if (!fs::exists(fs::symlink_status(absolute))) {
    return fail(ErrorKind::usage, "there is no file or folder " + base::harmless(path, 200));
  }
  return relative == "." ? std::string() : relative;
}

Result<Opened> open(const OpenOptions& options) {
  auto location = tree::locate(options.start);
  if (!location) return std::unexpected(location.error());
  auto only = relative_to_root(options, location->root);
  if (!only) return std::unexpected(only.error());
  tree::ListingOptions wanted;
  wanted.interest = interest_of;
  wanted.only = std::move(*only);
  auto listing = tree::list_files(*location, wanted);
  if (!listing) return std::unexpected(listing.error());
  auto workspace = Opening(options, *location, *listing).run();
  if (!workspace) return std::unexpected(workspace.error());
  return Opened{std::move(*location), std::move(*listing), std::move(*workspace)};
}

}  // namespace lock::ops
