#include "resolver/tree/location.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <system_error>

#include "resolver/base/text.hpp"

namespace lock::tree {
namespace {

namespace fs = std::filesystem;

// Whatever it is: a settings file that cannot be read must be an error later, not a scope that is not there.
bool stands_there(const fs::path& path) {
  struct stat status{};
  return lstat(path.c_str(), &status) == 0;
}

std::optional<struct stat> status_of(const fs::path& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  return status;
}

bool is_ours(const fs::path& folder, uid_t owner) {
  const auto status = status_of(folder);
  return status && status->st_uid == owner && (status->st_mode & S_IWOTH) == 0;
}

// The folders from `start` upward that the search may look into, `start` first.
std::vector<fs::path> searched(const fs::path& start, const std::optional<fs::path>& checkout) {
  std::vector<fs::path> folders{start};
  const auto owner = status_of(start);
  for (fs::path folder = start; folder != folder.root_path(); folders.push_back(folder)) {
    if (checkout && folder == *checkout) break;
    folder = folder.parent_path();
    if (!checkout && (!owner || !is_ours(folder, owner->st_uid))) break;
  }
  return folders;
}

std::optional<fs::path> find_checkout(fs::path folder) {
  for (;; folder = folder.parent_path()) {
    if (stands_there(folder / ".git")) return folder;
    if (folder == folder.root_path()) return std::nullopt;
  }
}

}  // namespace

const std::string& Location::top() const {
  if (!checkout.empty()) return checkout;
  return outer_scopes.empty() ? root : outer_scopes.front();
}

std::string Location::root_in_top() const {
  const std::string& above = top();
  if (above.size() >= root.size()) return {};
  return root.substr(above == "/" ? 1 : above.size() + 1);
}

Result<Location> locate(const fs::path& start) {
  std::error_code error;
  const fs::path real = fs::canonical(start, error);
  if (error || !fs::is_directory(real, error)) {
    return fail(ErrorKind::usage, "'" + base::harmless(start.string()) + "' is not a folder");
  }
  const auto checkout = find_checkout(real);
  std::vector<fs::path> scopes;  // innermost first
  for (const auto& folder : searched(real, checkout)) {
    if (stands_there(folder / settings_name)) scopes.push_back(folder);
  }
  Location location;
  if (checkout) location.checkout = checkout->string();
  location.has_settings = !scopes.empty();
  location.root = (scopes.empty() ? checkout.value_or(real) : scopes.front()).string();
  for (std::size_t i = scopes.size(); i > 1; --i) location.outer_scopes.push_back(scopes[i - 1].string());
  return location;
}

}  // namespace lock::tree
