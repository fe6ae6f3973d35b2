// What follows from the images.toml files that hold in one scope: its own and those of the scopes around it.
//
// Outer rules hold in inner scopes. Lists add up: an inner scope gains rules of its own for its own files. What an
// outer file decides expressly an inner one may make stricter only: a severity in [checks] may not be lowered there,
// nor may findings of that check be accepted; where an outer file has a [[rule]], the same holds for all that a rule
// may find; platforms add up; a registry and a signer are described once.
//
// Files are paths relative to the root of the run. Values; const members are safe to share between threads.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lockfile/settings/settings.hpp"
#include "resolver/base/error.hpp"
#include "resolver/image/finding.hpp"
#include "resolver/image/reference.hpp"
#include "resolver/image/signature.hpp"

namespace lock::policy {

// The settings of one file and where the root of the run lies from its folder: empty for the root's own file and for
// those below it, "team/a" for a file two folders above.
struct Layer {
  settings::Settings settings;
  std::string below;
};

// Whether a glob of images.toml matches an image. Globs see canonical names, and the tag only where the glob's last
// path component holds a ':'.
[[nodiscard]] bool matches_image(std::string_view glob, const image::Reference& reference);

// What a [[rule]] still asks for.
struct Shortfall {
  std::string demand;              // "acme-release", "2 of a, b and c (1 is there)"
  std::vector<std::string> names;  // signers whose signature would count
};

class Policy {
 public:
  Policy() = default;  // no images.toml: the defaults

  // `layers` from the outermost to the scope's own. Errors are ErrorKind::configuration: an inner file that loosens.
  [[nodiscard]] static Result<Policy> make(std::vector<Layer> layers);

  // Platforms that the scope uses, sorted; empty when nobody said.
  [[nodiscard]] const std::vector<image::Platform>& platforms() const { return platforms_; }

  [[nodiscard]] const settings::Ignore* find_ignore(std::string_view file,
                                                    const std::optional<image::Reference>& reference) const;
  [[nodiscard]] const settings::FirstParty* find_first_party(const image::Reference& reference) const;
  // The [[collect]] rules that cover a file, outer ones first, and whether one names this very file.
  struct Collecting {
    const settings::Collect* rule;
    bool by_name;
  };
  [[nodiscard]] std::vector<Collecting> collecting(std::string_view file) const;
  // All [[collect]] rules, outer ones first.
  [[nodiscard]] std::vector<const settings::Collect*> collect_rules_of_the_run() const;
  [[nodiscard]] const settings::Enforce* find_enforce(std::string_view file) const;

  // [signer.*] of all the files, by name.
  [[nodiscard]] const std::map<std::string, image::SignerPattern, std::less<>>& signers() const { return signers_; }
  // Whether any of them is this signer.
  [[nodiscard]] bool recognizes(const image::Signer& signer) const;
  // Every [[rule]] that matches, outer ones first. All of them hold.
  [[nodiscard]] std::vector<const settings::Rule*> rules_for(const image::Reference& reference) const;
  // Which signers would have to sign too, when `signers` are those who verifiably did. Nothing: the rule is met.
  [[nodiscard]] std::optional<Shortfall> shortfall(const settings::Rule& rule,
                                                   std::span<const image::Signer> signers) const;
  // The rules of files that lie in the run, for whoever looks for one that matches nothing.
  [[nodiscard]] std::vector<const settings::Rule*> rules_of_the_run() const;

  // Gives a finding the severity that [checks] says for it, and makes it a note where an [[accept]] covers it on
  // `today`; the hint then says which. `finding.severity` before is the default at that place.
  void judge(image::Finding& finding, std::chrono::sys_days today) const;

  // One `accept-expired` for each [[accept]] of the scope's own file that is past its day.
  [[nodiscard]] std::vector<image::Finding> expired(std::chrono::sys_days today) const;

 private:
  [[nodiscard]] const settings::Accept* find_accept(const image::Finding& finding, std::chrono::sys_days today) const;

  std::vector<Layer> layers_;
  std::vector<image::Platform> platforms_;
  std::map<std::string, image::SignerPattern, std::less<>> signers_;
};

// Everything that is said about registries in any of the files, each registry in one file only.
[[nodiscard]] Result<std::map<std::string, settings::Registry>> merge_registries(
    std::span<const settings::Settings* const> files);

}  // namespace lock::policy
