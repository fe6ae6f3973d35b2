#include <algorithm>
#include <array>
#include <map>

#include "lockfile/exchange/all.hpp"
#include "lockfile/exchange/pins.hpp"

namespace lock::exchange {
namespace {

// …/containers/0/image, …/initContainers/0/image, …/volumes/0/image/reference
bool is_of_a_container(std::string_view path) {
  const auto take = [&path](std::string_view tail) {
    if (!path.ends_with(tail)) return false;
    path.remove_suffix(tail.size());
    return true;
  };
  const bool volume = take("/image/reference");
  if (!volume && !take("/image")) return false;
  const std::size_t digits = path.find_last_not_of("0123456789");
  if (digits == path.npos || digits + 1 == path.size()) return false;
  path = path.substr(0, digits + 1);
  return volume ? path.ends_with("/volumes/") : path.ends_with("/containers/") || path.ends_with("/initContainers/");
}

std::string why_not(const image::Occurrence& occurrence) {
  if (occurrence.format == "kustomize") {
    return "`images` of a kustomization come after its components: take the component in one above it, or pin it here";
  }
  return is_of_a_container(occurrence.path) ? "" : "Kustomize changes images of containers only; `lock pin` it here";
}

// A pattern for exactly this text. Kustomize puts it behind `^` and allows a tag and a digest to follow; with `$` none
// does, so that another tag of the name, or a written digest, is not touched.
std::string pattern_of(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view(".+*?()[]{}|^$\\").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out + "$";
}

struct Pin {
  std::string name;  // said again, so that who reads the component alone knows the image
  std::string tag;
  image::Digest digest;
  bool disputed = false;
};

std::string text_of(const std::map<std::string, Pin>& pins) {
  std::string out =
      "# Written by `lock export kustomize`. Name its folder under `components` of a kustomization.\n"
      "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nimages:\n";
  for (const auto& [written, pin] : pins) {
    if (pin.disputed) continue;
    out += "- name: '" + pattern_of(written) + "'\n";
    out += "  newName: " + quoted(pin.name) + "\n";
    out += "  newTag: " + quoted(pin.tag) + "\n";
    out += "  digest: " + pin.digest.text() + "\n";
  }
  return out;
}

}  // namespace

bool is_of_manifests(const image::Occurrence& occurrence) {
  constexpr auto kFormats = std::to_array<std::string_view>({"argo", "flux", "kubernetes", "kustomize", "tekton"});
  return std::ranges::find(kFormats, occurrence.format) != kFormats.end();
}

Result<Exported> write_kustomize_component(const Request& request) {
  std::map<std::string, Pin> pins;  // by the text that a manifest has before the component
  const auto written = [](const image::Occurrence& occurrence) {
    // `nginx` alone means the tag latest, and stays another text than `nginx:latest`.
    const bool tagged =
        std::ranges::any_of(occurrence.slots, [](const auto& slot) { return slot.part == image::Part::tag; });
    return name_in(occurrence) + (tagged ? ":" + tag_in(occurrence) : "");
  };
  Exported out;
  for (const LockedPlace& place : request.places) {
    const image::Occurrence& occurrence = *place.occurrence;
    if (occurrence.reference->digest()) continue;  // it says so already
    const std::string reason = why_not(occurrence);
    if (!reason.empty()) out.left.push_back(unexpressed(occurrence, reason));
    if (!reason.empty() && occurrence.format != "kustomize") continue;
    auto [pin, fresh] = pins.emplace(written(occurrence), Pin{name_in(occurrence), tag_in(occurrence), place.digest});
    if (pin->second.digest != place.digest) pin->second.disputed = true;
  }
  for (const LockedPlace& place : request.places) {
    const auto pin = pins.find(written(*place.occurrence));
    if (pin != pins.end() && pin->second.disputed) {
      out.left.push_back(
          unexpressed(*place.occurrence, "scopes lock it with different digests; export each by itself"));
    }
  }
  out.images =
      static_cast<std::size_t>(std::ranges::count_if(pins, [](const auto& row) { return !row.second.disputed; }));
  out.text = out.images == 0 ? "" : text_of(pins);
  if (out.images == 0) {
    out.text =
        "# Written by `lock export kustomize`: every digest stands in the manifests already.\n"
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n";
  }
  return out;
}

}  // namespace lock::exchange
