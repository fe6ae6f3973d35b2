#include "lockfile/policy/policy.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "lockfile/policy/checks.hpp"
#include "lockfile/policy/one_spelling.hpp"
#include "resolver/base/glob.hpp"
#include "resolver/base/text.hpp"

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

// What a [[rule]] may find. (signer-lost and signer-changed are about what the lock held.)
constexpr auto kRuleChecks = std::to_array<std::string_view>(
    {"signature-invalid", "signature-unsupported", "signature-untrusted", "signer-missing", "unsigned"});

Result<void> refuse_loosening_rules(std::span<const Layer> outer, const Layer& inner) {
  const auto above = std::ranges::find_if(outer, [](const Layer& layer) { return !layer.settings.rules.empty(); });
  if (above == outer.end()) return {};
  const settings::Rule& rule = above->settings.rules.front();
  const auto refuse = [&](const std::string& check, const Place& place) {
    return fail_at(
        ErrorKind::configuration, place,
        "the [[rule]] in " + at(rule.place) + " decides what is `" + check + "`, and an inner scope can only tighten",
        "move this to " + rule.place.file);
  };
  for (const std::string_view id : kRuleChecks) {
    const auto row = inner.settings.checks.find(std::string(id));
    if (row != inner.settings.checks.end() && row->second.severity != Severity::error) {
      return refuse(row->first, row->second.place);
    }
  }
  for (const settings::Accept& accept : inner.settings.accept) {
    if (std::ranges::find(kRuleChecks, accept.check) != kRuleChecks.end()) return refuse(accept.check, accept.place);
  }
  return {};
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

namespace {

Result<void> add_signers(const Layer& layer, std::map<std::string, image::SignerPattern, std::less<>>& signers,
                         std::map<std::string, Place>& places) {
  for (const auto& [name, signer] : layer.settings.signers) {
    if (!signers.emplace(name, signer.pattern).second) {
      return fail_at(ErrorKind::configuration, signer.place,
                     "the signer " + name + " is described in " + at(places.at(name)) + " already",
                     "give this one another name");
    }
    places.emplace(name, signer.place);
  }
  std::vector<std::string_view> known;
  for (const auto& [name, pattern] : signers) known.push_back(name);
  for (const settings::Rule& rule : layer.settings.rules) {
    for (const auto* list : {&rule.all_of, &rule.any_of}) {
      for (const settings::SignerName& wanted : *list) {
        if (signers.contains(wanted.name)) continue;
        const auto near = base::near_name(wanted.name, known);
        return fail_at(ErrorKind::configuration, wanted.place,
                       "there is no signer '" + base::harmless(wanted.name, 80) + "'",
                       near ? "did you mean '" + *near + "'?" : "describe it in [signer.NAME]");
      }
    }
  }
  return {};
}

// How many of `patterns` can be given a signer of their own: nobody counts twice, under whatever name or git ref.
// Maximum bipartite matching by augmenting paths; both sides are small.
class Pairing {
 public:
  Pairing(std::span<const image::SignerPattern* const> patterns, std::span<const image::Signer> signers)
      : patterns_(patterns) {
    for (const image::Signer& signer : signers) {
      const auto same = std::ranges::find_if(people_, [&](const auto& person) {
        return image::continues(person.front(), signer) || image::continues(signer, person.front());
      });
      same == people_.end() ? people_.push_back({signer}) : same->push_back(signer);
    }
    taken_.resize(people_.size());
  }

  std::size_t count() {
    std::size_t found = 0;
    for (std::size_t i = 0; i < patterns_.size(); ++i) {
      std::vector<bool> seen(people_.size(), false);
      found += place(i, seen) ? 1 : 0;
    }
    return found;
  }

 private:
  bool place(std::size_t pattern, std::vector<bool>& seen) {
    for (std::size_t k = 0; k < people_.size(); ++k) {
      const bool fits =
          std::ranges::any_of(people_[k], [&](const auto& one) { return matches(*patterns_[pattern], one); });
      if (!fits || seen[k]) continue;
      seen[k] = true;
      if (!taken_[k] || place(*taken_[k], seen)) {
        taken_[k] = pattern;
        return true;
      }
    }
    return false;
  }

  std::span<const image::SignerPattern* const> patterns_;
  std::vector<std::vector<image::Signer>> people_;  // one who signs at two refs is one
  std::vector<std::optional<std::size_t>> taken_;
};

}  // namespace

bool Policy::recognizes(const image::Signer& signer) const {
  return std::ranges::any_of(signers_, [&](const auto& row) { return image::matches(row.second, signer); });
}

std::vector<const settings::Rule*> Policy::rules_for(const image::Reference& reference) const {
  std::vector<const settings::Rule*> rules;
  for (const Layer& layer : layers_) {
    for (const settings::Rule& rule : layer.settings.rules) {
      if (any_image(rule.images, reference)) rules.push_back(&rule);
    }
  }
  return rules;
}

std::vector<const settings::Rule*> Policy::rules_of_the_run() const {
  std::vector<const settings::Rule*> rules;
  for (const Layer& layer : layers_) {
    if (!layer.below.empty()) continue;
    for (const settings::Rule& rule : layer.settings.rules) rules.push_back(&rule);
  }
  return rules;
}

std::optional<Shortfall> Policy::shortfall(const settings::Rule& rule, std::span<const image::Signer> signers) const {
  Shortfall open;
  const auto signed_by = [&](const settings::SignerName& wanted) {
    const image::SignerPattern& pattern = signers_.find(wanted.name)->second;
    return std::ranges::any_of(signers, [&](const image::Signer& signer) { return image::matches(pattern, signer); });
  };
  for (const settings::SignerName& wanted : rule.all_of) {
    if (!signed_by(wanted)) open.names.push_back(wanted.name);
  }
  open.demand = base::join(open.names, " and ");
  if (rule.any_of.empty()) return open.names.empty() ? std::nullopt : std::optional(std::move(open));
  std::vector<const image::SignerPattern*> patterns;
  std::vector<std::string> names;
  for (const settings::SignerName& wanted : rule.any_of) {
    patterns.push_back(&signers_.find(wanted.name)->second);
    names.push_back(wanted.name);
  }
  const std::size_t there = Pairing(patterns, signers).count();
  if (there < rule.threshold) {
    const std::string group = rule.threshold == 1
                                  ? "any of " + base::join(names, ", ")
                                  : std::to_string(rule.threshold) + " of " + base::join(names, ", ") + " (" +
                                        std::to_string(there) + (there == 1 ? " is there)" : " are there)");
    open.demand += (open.demand.empty() ? "" : " and ") + group;
    for (const settings::SignerName& wanted : rule.any_of) {
      if (!signed_by(wanted)) open.names.push_back(wanted.name);
    }
  }
  return open.demand.empty() ? std::nullopt : std::optional(std::move(open));
}

bool matches_image(std::string_view glob, const image::Reference& reference) {
  const std::size_t slash = glob.rfind('/');
  const bool with_tag = glob.find(':', slash == glob.npos ? 0 : slash) != glob.npos;
  if (with_tag && !reference.tag()) return false;
  const std::string tail = with_tag ? ":" + *reference.tag() : std::string();
  const image::Repository& written = reference.repository();
  if (base::glob_matches(glob, written.name() + tail)) return true;
  const image::Repository same = one_spelling(written);
  return same != written && base::glob_matches(glob, same.name() + tail);
}

Result<Policy> Policy::make(std::vector<Layer> layers) {
  Policy policy;
  for (std::size_t i = 1; i < layers.size(); ++i) {
    if (Result<void> tight = refuse_loosening(std::span(layers).first(i), layers[i]); !tight) {
      return std::unexpected(std::move(tight.error()));
    }
    if (Result<void> tight = refuse_loosening_rules(std::span(layers).first(i), layers[i]); !tight) {
      return std::unexpected(std::move(tight.error()));
    }
  }
  std::map<std::string, Place> described;
  for (const Layer& layer : layers) {
    if (Result<void> known = add_signers(layer, policy.signers_, described); !known) {
      return std::unexpected(std::move(known.error()));
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

std::vector<Policy::Collecting> Policy::collecting(std::string_view file) const {
  std::vector<Collecting> rules;
  for (const Layer& layer : layers_) {
    if (layer.settings.collect.empty()) continue;
    const std::optional<std::string> path = seen_from(layer, file);
    if (!path) continue;
    for (const settings::Collect& rule : layer.settings.collect) {
      const bool by_name = std::ranges::find(rule.files, *path) != rule.files.end();
      if (by_name || any_file(rule.files, layer, file)) rules.push_back({&rule, by_name});
    }
  }
  return rules;
}

std::vector<const settings::Collect*> Policy::collect_rules_of_the_run() const {
  std::vector<const settings::Collect*> rules;
  for (const Layer& layer : layers_) {
    for (const settings::Collect& rule : layer.settings.collect) rules.push_back(&rule);
  }
  return rules;
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
