#include "lockfile/ops/collecting.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "lockfile/ops/finding.hpp"
#include "resolver/base/glob.hpp"
#include "resolver/base/text.hpp"
#include "resolver/collect/found.hpp"

namespace lock::ops {
namespace {

const policy::Policy& policy_of(const Opened& opened, const std::string& file) {
  const tree::ListedFile* listed = opened.listing.find(file);
  return opened.workspace.scopes[listed == nullptr ? 0 : listed->scope].policy;
}

// What became of one rule. A rule of an outer scope holds in inner ones, so a rule is known by its place.
struct Fate {
  const Scope* scope = nullptr;
  const settings::Collect* rule = nullptr;
  std::size_t files = 0;
  std::size_t found = 0;
  std::vector<std::string> empty;  // files that the rule names and that hold no match
};

// images.toml of folders above the run: what they find elsewhere is not known here.
bool lies_outside(const settings::Collect& rule) {
  return rule.place.file.starts_with("../") && rule.place.file.ends_with("/images.toml");
}

using Fates = std::map<std::pair<std::string, Position>, Fate>;

Fates rules_of(const Workspace& workspace) {
  Fates fates;
  for (const Scope& scope : workspace.scopes) {
    for (const settings::Collect* rule : scope.policy.collect_rules_of_the_run()) {
      if (lies_outside(*rule)) continue;
      fates.try_emplace({rule->place.file, rule->place.position}, Fate{&scope, rule, 0, 0, {}});
    }
  }
  return fates;
}

// Globs of a rule that cover no file at all. They are relative to the folder of the rule's scope.
std::vector<std::string> idle_globs(const Opened& opened, const Fate& fate) {
  const std::string& folder = fate.scope->folder;
  const std::string prefix = folder.empty() ? "" : folder + "/";
  std::vector<std::string> idle;
  for (const std::string& glob : fate.rule->files) {
    const bool used = std::ranges::any_of(opened.listing.files, [&](const tree::ListedFile& file) {
      return file.path.starts_with(prefix) &&
             base::glob_matches(glob, std::string_view(file.path).substr(prefix.size()));
    });
    if (!used) idle.push_back(glob);
  }
  return idle;
}

void report(const Opened& opened, const Fate& fate, std::vector<image::Finding>& out) {
  const auto add = [&](std::string message, std::string hint) {
    image::Finding finding = finding_of("collect-unmatched", std::move(message), std::move(hint));
    finding.place = fate.rule->place;
    Findings(opened.workspace, *fate.scope, out).add(std::move(finding));
  };
  for (const std::string& glob : idle_globs(opened, fate)) {
    add("no file matches '" + base::harmless(glob, 80) + "'",
        "globs see paths from the folder of this file; what git, .lockignore and the default skips leave out is not "
        "looked at");
  }
  const std::string hint = "compare the pattern with what the file says; ^ and $ are the ends of lines";
  for (const std::string& file : fate.empty) add("the pattern matches nothing in " + base::harmless(file, 200), hint);
  if (fate.files > fate.empty.size() && fate.found == 0) {
    add("the pattern matches nothing in " + base::count_of(fate.files, "file"), hint);
  }
}

enum class Manifests : std::uint8_t { never, perhaps, surely };

// Whether a glob covers manifests, by how it ends.
Manifests covers_manifests(std::string_view glob) {
  const std::size_t wild = glob.find_last_of("*?");
  const std::string_view end = wild == std::string_view::npos ? glob : glob.substr(wild + 1);
  for (const std::string_view name : {".yaml", ".yml", ".json"}) {
    if (end.ends_with(name)) return Manifests::surely;
    if (wild != std::string_view::npos && name.ends_with(end)) return Manifests::perhaps;
  }
  return Manifests::never;
}

// The rules that hold for what is rendered, and those that might.
struct RenderedRules {
  std::vector<const settings::Collect*> sure;
  std::vector<const settings::Collect*> possible;
};

RenderedRules rendered_rules(const Workspace& workspace) {
  RenderedRules rules;
  std::set<std::pair<std::string, Position>> known;
  for (const Scope& scope : workspace.scopes) {
    for (const settings::Collect* rule : scope.policy.collect_rules_of_the_run()) {
      Manifests covers = Manifests::never;
      for (const std::string& glob : rule->files) covers = std::max(covers, covers_manifests(glob));
      if (covers == Manifests::never || !known.emplace(rule->place.file, rule->place.position).second) continue;
      (covers == Manifests::surely ? rules.sure : rules.possible).push_back(rule);
    }
  }
  return rules;
}

bool overlap(const image::Occurrence& a, const image::Occurrence& b) {
  return a.span.begin < b.span.end && b.span.begin < a.span.end;
}

image::Collected collect_rendered(const RenderedRules& rules, const collect::Source& source,
                                  const collect::Files& files) {
  std::vector<collect::PatternRun> runs;
  for (const settings::Collect* rule : rules.sure) runs.push_back({&rule->pattern, false, 0});
  image::Collected out = collect::collect(source, files, runs);
  image::Collected guessed;
  for (const settings::Collect* rule : rules.possible) rule->pattern.collect(source.text(), false, guessed);
  for (image::Occurrence& guess : guessed.occurrences) {
    const bool known = std::ranges::any_of(out.occurrences, [&](const auto& other) { return overlap(guess, other); });
    if (known || !guess.reference || !collect::looks_like_image(guess.written)) continue;
    guess.occurrence_class = image::Class::guessed;
    out.occurrences.push_back(std::move(guess));
  }
  // That a match is no reference says nothing where it is a guess.
  std::ranges::copy_if(guessed.problems, std::back_inserter(out.problems), [](const image::Problem& problem) {
    return problem.severity != image::Problem::Severity::note;
  });
  return out;
}

}  // namespace

image::Collected collect_file(const Opened& opened, const collect::Source& source, const collect::Files& files,
                              std::vector<RuleUse>& uses) {
  std::vector<collect::PatternRun> runs;
  for (const auto& [rule, by_name] : policy_of(opened, source.path()).collecting(source.path())) {
    runs.push_back({&rule->pattern, by_name, 0});
    uses.push_back({rule, by_name, 0});
  }
  image::Collected found = collect::collect(source, files, runs);
  for (std::size_t i = 0; i < runs.size(); ++i) uses[uses.size() - runs.size() + i].found = runs[i].found;
  return found;
}

Collecting collecting_of(const Opened& opened) {
  return [&opened](const collect::Source& source, const collect::Files& files) {
    std::vector<RuleUse> uses;
    return collect_file(opened, source, files, uses);
  };
}

Collecting collecting_of_rendered(const Workspace& workspace) {
  return [rules = rendered_rules(workspace)](const collect::Source& source, const collect::Files& files) {
    return collect_rendered(rules, source, files);
  };
}

void report_unmatched(const Opened& opened, const std::vector<std::vector<RuleUse>>& uses,
                      std::vector<image::Finding>& out) {
  if (!opened.whole) return;
  Fates fates = rules_of(opened.workspace);
  if (fates.empty()) return;
  for (std::size_t i = 0; i < uses.size(); ++i) {
    for (const RuleUse& use : uses[i]) {
      const auto fate = fates.find({use.rule->place.file, use.rule->place.position});
      if (fate == fates.end()) continue;
      ++fate->second.files;
      fate->second.found += use.found;
      if (use.by_name && use.found == 0) fate->second.empty.push_back(opened.listing.files[i].path);
    }
  }
  for (const auto& [place, fate] : fates) report(opened, fate, out);
}

}  // namespace lock::ops
