#include "lockfile/policy/policy.hpp"

#include <algorithm>
#include <utility>

#include "lockfile/policy/checks.hpp"
#include "resolver/base/glob.hpp"

namespace lock::policy {
namespace {

using image::Finding;
using image::Severity;

std::string at(const Place& place) { return place.file + ":" + std::to_string(place.position.line); }

std::string day_text(std::chrono::sys_days day) {
  const std::chrono::year_month_day date(day);
  const auto two = [](unsigned number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  return std::to_string(static_cast<int>(date.year())) + "-" + two(static_cast<unsigned>(date.month())) + "-" +
         two(static_cast<unsigned>(date.day()));
}

// The file as the globs of a layer see it; nothing when it does not lie in the layer's folder.
std::optional<std::string> seen_from(const Layer& layer, std::string_view file) {
  if (!layer.below.empty()) return layer.below + "/" + std::string(file);
  const std::string& folder = layer.settings.folder;
  if (folder.empty()) return std::string(file);
  if (!file.starts_with(folder + "/")) return std::nullopt;
  return std::string(file.substr(folder.size() + 1));
}

bool any_file(std::span<const std::string> globs, const Layer& layer, std::string_view file) {
  const std::optional<std::string> path = seen_from(layer, file);
  return path && std::ranges::any_of(globs, [&](const std::string& glob) { return base::glob_matches(glob, *path); });
}

bool any_image(std::span<const std::string> globs, const image::Reference& reference) {
  return std::ranges::any_of(globs, [&](const std::string& glob) { return matches_image(glob, reference); });
}

// The severity that the layers say expressly, the strictest of them (Severity::error is the smallest).
std::optional<settings::CheckSeverity> said(std::span<const Layer> layers, const std::string& check) {
  std::optional<settings::CheckSeverity> strictest;
  for (const Layer& layer : layers) {
    const auto row = layer.settings.checks.find(check);
    if (row == layer.settings.checks.end()) continue;
    if (!strictest || row->second.severity < strictest->severity) strictest = row->second;
  }
  return strictest;
}

Result<void> refuse_loosening(std::span<const Layer> outer, const Layer& inner) {
  for (const auto& [check, row] : inner.settings.checks) {
    const auto above = said(outer, check);
    if (above && row.severity > above->severity) {
      return fail_at(ErrorKind::configuration, row.place,
                     "`" + check + "` is stricter in " + at(above->place) + ", and an inner scope can only tighten",
                     "remove the line, or change the outer one");
    }
  }
  for (const settings::Accept& accept : inner.settings.accept) {
    const auto above = said(outer, accept.check);
    if (above && above->severity != Severity::note) {
      return fail_at(
          ErrorKind::configuration, accept.place,
          "`" + accept.check + "` is decided in " + at(above->place) + ", and an inner scope can only tighten",
          "move the [[accept]] to " + above->place.file);
    }
  }
  return {};
}

}  // namespace

bool matches_image(std::string_view glob, const image::Reference& reference) {
  const std::size_t slash = glob.rfind('/');
  const bool with_tag = glob.find(':', slash == glob.npos ? 0 : slash) != glob.npos;
  const std::string name = reference.repository().name();
  if (!with_tag) return base::glob_matches(glob, name);
  return reference.tag() && base::glob_matches(glob, name + ":" + *reference.tag());
}

Result<Policy> Policy::make(std::vector<Layer> layers) {
  Policy policy;
  for (std::size_t i = 1; i < layers.size(); ++i) {
    if (Result<void> tight = refuse_loosening(std::span(layers).first(i), layers[i]); !tight) {
      return std::unexpected(std::move(tight.error()));
    }
  }
  for (const Layer& layer : layers) {
    for (const image::Platform& platform : layer.settings.platforms) policy.platforms_.push_back(platform);
  }
  std::ranges::sort(policy.platforms_, {}, &image::Platform::text);
  const auto repeated = std::ranges::unique(policy.platforms_);
  policy.platforms_.erase(repeated.begin(), repeated.end());
  policy.layers_ = std::move(layers);
  return policy;
}

const settings::Ignore* Policy::find_ignore(std::string_view file,
                                            const std::optional<image::Reference>& reference) const {
  for (const Layer& layer : layers_) {
    for (const settings::Ignore& rule : layer.settings.ignore) {
      const bool file_fits = rule.files.empty() || any_file(rule.files, layer, file);
      const bool image_fits = rule.images.empty() || (reference && any_image(rule.images, *reference));
      if (file_fits && image_fits) return &rule;
    }
  }
  return nullptr;
}

const settings::FirstParty* Policy::find_first_party(const image::Reference& reference) const {
  for (const Layer& layer : layers_) {
    for (const settings::FirstParty& rule : layer.settings.first_party) {
      if (any_image(rule.images, reference)) return &rule;
    }
  }
  return nullptr;
}

const settings::Enforce* Policy::find_enforce(std::string_view file) const {
  for (const Layer& layer : layers_) {
    for (const settings::Enforce& rule : layer.settings.enforce) {
      if (any_file(rule.files, layer, file)) return &rule;
    }
  }
  return nullptr;
}

const settings::Accept* Policy::find_accept(const Finding& finding, std::chrono::sys_days today) const {
  std::optional<image::Reference> reference;
  if (!finding.reference.empty()) {
    if (auto parsed = image::Reference::parse(finding.reference)) reference = std::move(*parsed);
  }
  for (const Layer& layer : layers_) {
    for (const settings::Accept& rule : layer.settings.accept) {
      if (rule.check != finding.check || (rule.until && today > *rule.until)) continue;
      if (!rule.files.empty() && (finding.place.file.empty() || !any_file(rule.files, layer, finding.place.file))) {
        continue;
      }
      if (!rule.images.empty() && !(reference && any_image(rule.images, *reference))) continue;
      return &rule;
    }
  }
  return nullptr;
}

void Policy::judge(Finding& finding, std::chrono::sys_days today) const {
  const Check* check = find_check(finding.check);
  if (check == nullptr || !check->adjustable) return;
  // A place that is milder than the table (a moved tag whose digest is in force) stays so: [checks] speaks of the rest.
  if (finding.severity <= check->severity) {
    if (const auto row = said(layers_, finding.check)) finding.severity = row->severity;
  }
  if (finding.severity == Severity::note) return;
  if (const settings::Accept* accept = find_accept(finding, today)) {
    finding.severity = Severity::note;
    finding.hint = "accepted by " + at(accept->place) + ": " + accept->reason;
    if (accept->until) finding.hint += " (until " + day_text(*accept->until) + ")";
  }
}

std::vector<Finding> Policy::expired(std::chrono::sys_days today) const {
  std::vector<Finding> findings;
  if (layers_.empty()) return findings;
  for (const settings::Accept& rule : layers_.back().settings.accept) {
    if (!rule.until || today <= *rule.until) continue;
    Finding finding;
    finding.check = "accept-expired";
    finding.severity = find_check(finding.check)->severity;
    finding.message = "the exception to `" + rule.check + "` ended on " + day_text(*rule.until);
    finding.hint = "remove it, or give it a new day and a reason that is still true";
    finding.place = rule.place;
    judge(finding, today);
    findings.push_back(std::move(finding));
  }
  return findings;
}

Result<std::map<std::string, settings::Registry>> merge_registries(std::span<const settings::Settings* const> files) {
  std::map<std::string, settings::Registry> merged;
  for (const settings::Settings* file : files) {
    for (const auto& [name, registry] : file->registries) {
      const auto [row, fresh] = merged.emplace(name, registry);
      if (!fresh) {
        return fail_at(ErrorKind::configuration, registry.place,
                       "the registry " + name + " is described in " + at(row->second.place) + " already",
                       "describe it once, in the outer of the two files");
      }
    }
  }
  return merged;
}

}  // namespace lock::policy
