#include "lockfile/ops/look_alike.hpp"

#include <algorithm>
#include <array>
#include <ranges>
#include <set>
#include <utility>

#include "lockfile/ops/finding.hpp"

namespace lock::ops {
namespace {

constexpr auto known_registries = std::to_array<std::string_view>({
    "cgr.dev",
    "docker.elastic.co",
    "docker.io",
    "gcr.io",
    "ghcr.io",
    "index.docker.io",
    "k8s.gcr.io",
    "lscr.io",
    "mcr.microsoft.com",
    "nvcr.io",
    "public.ecr.aws",
    "quay.io",
    "registry.access.redhat.com",
    "registry.gitlab.com",
    "registry.k8s.io",
    "registry.opensource.zalan.do",
    "registry.redhat.io",
    "registry.suse.com",
    "xpkg.upbound.io",
});

// Of clouds that give each customer, project or region a name.
constexpr auto known_families = std::to_array<std::string_view>(
    {".amazonaws.com", ".azurecr.io", ".gcr.io", "-docker.pkg.dev", ".icr.io", ".jfrog.io", ".ocir.io"});

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Where exactly one letter is added, left out, changed, or exchanged with its neighbour, and it is not a digit.
bool one_slip_apart(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > 1) return false;
  const std::size_t begin = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
  a.remove_prefix(begin);
  b.remove_prefix(begin);
  if (a.size() < b.size()) return !is_digit(b.front()) && a == b.substr(1);
  if (a.empty()) return false;
  if (a.substr(1) == b.substr(1)) return !is_digit(a.front()) || !is_digit(b.front());
  return a.size() > 1 && a[0] == b[1] && a[1] == b[0] && a.substr(2) == b.substr(2);
}

bool is_address(std::string_view registry) {
  const std::string_view host = registry.substr(0, registry.rfind(':'));
  return registry.starts_with('[') || std::ranges::all_of(host, [](char c) { return is_digit(c) || c == '.'; });
}

}  // namespace

std::optional<std::string> look_alike(std::string_view registry, const std::vector<std::string>& configured) {
  const auto in_family = [&](std::string_view family) { return registry.ends_with(family); };
  if (is_address(registry) || std::ranges::any_of(known_families, in_family)) return std::nullopt;
  std::vector<std::string_view> known(known_registries.begin(), known_registries.end());
  known.insert(known.end(), configured.begin(), configured.end());
  if (std::ranges::find(known, registry) != known.end()) return std::nullopt;
  const auto found = std::ranges::find_if(known, [&](std::string_view name) { return one_slip_apart(registry, name); });
  if (found == known.end()) return std::nullopt;
  return std::string(*found);
}

void report_look_alikes(const Workspace& workspace, const std::vector<ScopeScan>& scopes,
                        std::vector<image::Finding>& findings) {
  const auto names = std::views::keys(workspace.registries);
  const std::vector<std::string> configured(names.begin(), names.end());
  for (std::size_t i = 0; i < scopes.size(); ++i) {
    std::set<std::string> seen;
    for (const image::Occurrence& occurrence : scopes[i].occurrences) {
      if (occurrence.status != image::Status::resolved || !occurrence.reference) continue;
      const std::string& registry = occurrence.reference->repository().registry;
      if (!seen.insert(registry).second) continue;
      const auto meant = look_alike(registry, configured);
      if (!meant) continue;
      Findings(workspace, workspace.scopes[i], findings)
          .add(finding_at(
              occurrence, "registry-look-alike", "the registry " + registry + " is almost " + *meant,
              "correct the name; if it is meant, say so with [registry.\"" + registry + "\"] in images.toml"));
    }
  }
}

}  // namespace lock::ops
