#include "lockfile/ops/open.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "lockfile/policy/checks.hpp"
#include "resolver/base/file.hpp"
#include "resolver/base/text.hpp"
#include "resolver/collect/collector.hpp"
#include "resolver/trust/anchors.hpp"

namespace lock::ops {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostSettings = std::size_t{1} << 20;
constexpr std::size_t kMostKey = std::size_t{64} << 10;

tree::Interest interest_of(std::string_view path) {
  switch (collect::claim(path)) {
    case collect::Claim::none: return tree::Interest::none;
    case collect::Claim::possible: return tree::Interest::possible;
    case collect::Claim::declared: return tree::Interest::declared;
  }
  std::unreachable();
}

Result<settings::Settings> read_settings_file(const fs::path& path, const std::string& name) {
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

// A pattern names a key by its fingerprint, and that is in the key itself.
Result<void> read_key(settings::Signer& signer, const fs::path& root) {
  if (!signer.key_file.empty()) {
    auto pem = base::read_file(root / signer.key_file, kMostKey);
    if (!pem) {
      return fail_at(ErrorKind::configuration, signer.key_place, base::describe(pem.error()),
                     "`key` is a file, relative to images.toml, or the PEM text itself");
    }
    signer.key_pem = std::move(*pem);
  }
  auto name = trust::name_of_key(signer.key_pem);
  if (!name) {
    return fail_at(ErrorKind::configuration, signer.key_place, "not a public key: " + base::describe(name.error()),
                   "cosign writes one with `cosign public-key`, or beside the private key as cosign.pub");
  }
  signer.pattern.key = std::move(*name);
  return {};
}

Result<settings::Settings> read_settings(const fs::path& path, const std::string& name, const fs::path& root) {
  auto read = read_settings_file(path, name);
  if (!read) return read;
  for (auto& [signer, described] : read->signers) {
    if (described.pattern.kind != image::Signer::Kind::cosign_key) continue;
    if (auto key = read_key(described, root); !key) return std::unexpected(std::move(key.error()));
  }
  return read;
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
    for (const settings::Settings* settings : all) {
      if (auto added = add_anchors(*settings, workspace); !added) return std::unexpected(added.error());
    }
    return workspace;
  }

 private:
  // The lock names a trusted root by its file's name, so that it holds no path and a renewed file is still the same.
  static Result<void> add_anchors(const settings::Settings& settings, Workspace& workspace) {
    for (const auto& [name, signer] : settings.signers) {
      if (!signer.key_pem.empty()) workspace.signer_keys.push_back(signer.key_pem);
      if (signer.trusted_root.empty()) continue;
      const std::string root = fs::path(signer.trusted_root).stem().string();
      const auto [known, fresh] =
          workspace.trusted_roots.emplace(root, TrustedRootFile{signer.trusted_root, signer.root_place});
      if (root == image::public_good_root) {
        return fail_at(ErrorKind::configuration, signer.root_place,
                       "signers of the built-in trusted root are recorded as public-good",
                       "give the file another name");
      }
      if (!fresh && known->second.file != signer.trusted_root) {
        return fail_at(
            ErrorKind::configuration, signer.root_place,
            "signers would be recorded under the name " + root + ", which is also that of " + known->second.file,
            "give one of the two files another name");
      }
    }
    return {};
  }

  Result<void> read_outer() {
    for (const std::string& folder : location_.outer_scopes) {
      const std::string name = fs::path(folder).lexically_relative(location_.root).string() + "/images.toml";
      auto read = read_settings(fs::path(folder) / tree::settings_name, name, location_.root);
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
      auto read =
          read_settings(path, replaced ? options_.config : in_folder(folder, tree::settings_name), location_.root);
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
  for (tree::ListedFile& file : listing->files) {
    for (const auto& [rule, by_name] : workspace->scopes[file.scope].policy.collecting(file.path)) {
      file.interest = std::max(file.interest, by_name ? tree::Interest::declared : tree::Interest::possible);
    }
  }
  return Opened{std::move(*location), std::move(*listing), wanted.only.empty(), std::move(*workspace)};
}

}  // namespace lock::ops
