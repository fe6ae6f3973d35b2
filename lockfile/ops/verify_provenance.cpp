#include "lockfile/ops/verify_provenance.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "lockfile/ops/finding.hpp"
#include "lockfile/ops/lock_file.hpp"
#include "lockfile/ops/locked_images.hpp"
#include "resolver/base/text.hpp"
#include "resolver/trust/provenance.hpp"

namespace lock::ops {
namespace {

using document::Entry;
using image::Reference;
using image::Severity;
using image::SignatureState;
using trust::ProvenanceReport;
using trust::ProvenanceSurvey;
using trust::ProvenanceUnit;
using trust::in_toto::Material;

// The same finding about several platforms is one finding: the platforms are its object.
class ByPlatform {
 public:
  void add(image::Finding finding, const std::vector<std::string>& platforms) {
    auto key = std::make_tuple(finding.check, finding.reference, finding.message, finding.actual);
    Noted& noted = noted_.try_emplace(std::move(key), Noted{std::move(finding), {}}).first->second;
    for (const std::string& platform : platforms) {
      if (std::ranges::find(noted.platforms, platform) == noted.platforms.end()) noted.platforms.push_back(platform);
    }
  }

  void take_to(Findings& out, const std::string& image) {
    for (auto& [key, noted] : noted_) {
      std::ranges::sort(noted.platforms);
      const std::string where = base::join(noted.platforms, ", ");
      noted.finding.object = where.empty() ? image : where + " of " + image;
      out.add(std::move(noted.finding));
    }
  }

 private:
  struct Noted {
    image::Finding finding;
    std::vector<std::string> platforms;
  };
  std::map<std::tuple<std::string, std::string, std::string, std::string>, Noted> noted_;
};

// One image and everything that was found about its build.
class ImageCheck {
 public:
  ImageCheck(const Workspace& workspace, const LockedImages& locked, const Reference& image,
             ProvenanceVerification& out)
      : locked_(locked),
        image_(image),
        name_((image.tag() ? image.without_digest() : image).familiar()),
        index_is_locked_(LockedImages::match(locked.find(image), *image.digest()).entry != nullptr),
        out_(out),
        findings_(workspace, workspace.scopes.front(), out.verification.findings) {}

  void judge(const ProvenanceSurvey& survey, const std::function<bool(const image::Signer&)>& counts) {
    survey_ = &survey;
    for (const ProvenanceReport& report : survey.reports) {
      const bool holds = report.state == SignatureState::verified;
      counting_.push_back(holds && (report.in_index || counts(*report.signer)));
    }
    for (std::size_t i = 0; i < survey.reports.size(); ++i) {
      ProvenanceRow& row = out_.rows.emplace_back(row_of(survey.reports[i], counting_[i]));
      if (counting_[i]) {
        judge_statement(survey.reports[i], row);
      } else {
        judge_other(survey.reports[i]);
      }
    }
    judge_units();
    for (const Error& error : survey.undetermined) {
      undetermined("cannot see all that is said about how " + name_ + " was built", error);
    }
    noted_.take_to(findings_, name_);
  }

  void report(std::string_view check, std::string message) { findings_.add(make(check, std::move(message))); }

  void undetermined(std::string message, const Error& cause) {
    out_.verification.undetermined.push_back(undetermined_of(make("provenance-missing", std::move(message)), cause));
  }

 private:
  image::Finding make(std::string_view check, std::string message, std::string hint = {}) const {
    image::Finding finding = finding_of(check, std::move(message), std::move(hint));
    finding.reference = image_.canonical();
    finding.digest = image_.digest()->text();
    return finding;
  }

  [[nodiscard]] bool concerns(const ProvenanceReport& report, const ProvenanceUnit& unit) const {
    return report.about == unit.digest || report.about == *image_.digest();
  }

  [[nodiscard]] std::vector<std::string> platforms_of(const ProvenanceReport& report) const {
    std::vector<std::string> out;
    for (const ProvenanceUnit& unit : survey_->units) {
      if (concerns(report, unit) && unit.digest != *image_.digest()) out.push_back(platform_of(unit));
    }
    return out;
  }

  static std::string platform_of(const ProvenanceUnit& unit) {
    return unit.platform.empty() ? unit.digest.short_text() : unit.platform;
  }

  // Whether provenance that counts covers everything that this report is about.
  [[nodiscard]] bool is_covered(const ProvenanceReport& report) const {
    return std::ranges::all_of(survey_->units,
                               [&](const ProvenanceUnit& unit) { return !concerns(report, unit) || has(unit, any); });
  }

  // Whether something that counts, and of which this holds, is about the unit.
  template <typename Which>
  [[nodiscard]] bool has(const ProvenanceUnit& unit, Which which) const {
    for (std::size_t i = 0; i < survey_->reports.size(); ++i) {
      const ProvenanceReport& report = survey_->reports[i];
      if (counting_[i] && concerns(report, unit) && which(report)) return true;
    }
    return false;
  }
  static bool any(const ProvenanceReport&) { return true; }

  [[nodiscard]] ProvenanceRow row_of(const ProvenanceReport& report, bool counting) const {
    ProvenanceRow row;
    row.reference = image_.canonical();
    row.platforms = platforms_of(report);
    row.format = report.format;
    row.location = report.location;
    row.counts = counting;
    row.in_index = report.in_index;
    row.index_is_locked = report.in_index && index_is_locked_;
    row.state = report.state;
    row.signer = report.signer;
    row.reason = report.reason;
    if (!report.provenance) return row;
    row.version = report.provenance->version;
    row.builder = report.provenance->builder;
    row.build_type = report.provenance->build_type;
    row.source = report.provenance->source;
    row.complete = report.provenance->complete;
    return row;
  }

  void judge_statement(const ProvenanceReport& report, ProvenanceRow& row) {
    const auto platforms = platforms_of(report);
    ++out_.verification.checked.statements;
    for (const Material& material : report.provenance->materials) {
      row.materials.push_back(judge_material(material, platforms));
      ++out_.verification.checked.materials;
    }
    if (report.provenance->complete == false) {
      noted_.add(make("provenance-incomplete",
                      "the builder of " + name_ + " does not vouch that the materials which it lists are all"),
                 platforms);
    }
  }

  ProvenanceRow::Material judge_material(const Material& material, const std::vector<std::string>& platforms) {
    ProvenanceRow::Material row{material.uri, {}, {}, {}};
    if (!material.image_problem.empty()) {
      image::Finding finding =
          make("provenance-invalid", "the build of " + name_ + " used " + base::harmless(material.uri, 300) +
                                         ", which cannot be read: " + material.image_problem);
      noted_.add(std::move(finding), platforms);
    } else if (material.image) {
      judge_image(*material.image, row, platforms);
    } else if (material.digests.empty()) {
      image::Finding finding =
          make("material-unpinned", "the build of " + name_ + " used " + base::harmless(material.uri, 300) +
                                        ", and nothing says which state of it");
      finding.severity = Severity::warning;
      noted_.add(std::move(finding), platforms);
    } else {
      const auto& [algorithm, value] = *material.digests.begin();
      row.digest = algorithm + ":" + value;
    }
    return row;
  }

  void judge_image(const Reference& used, ProvenanceRow::Material& row, const std::vector<std::string>& platforms) {
    row.reference = used.canonical();
    const auto entries = locked_.find(used);
    const std::string expected = entries.size() == 1 ? entries.front()->digest.text() : std::string();
    const std::string name = used.tag() ? used.without_digest().familiar() : used.familiar();
    const auto report = [&](std::string_view check, const std::string& what, std::string hint) {
      image::Finding finding = make(check, "the build of " + name_ + " used " + name + what, std::move(hint));
      finding.reference = used.canonical();
      finding.digest = row.digest;
      finding.expected = expected;
      finding.actual = row.digest;
      noted_.add(std::move(finding), platforms);
    };
    if (!used.digest()) {
      return report("material-unpinned", ", and nothing says with which digest",
                    "use a builder that records the digests of the images that it pulls");
    }
    row.digest = used.digest()->text();
    if (entries.empty()) {
      return report("material-not-locked", ", which is not in the lock",
                    "name it in the tree and run `lock update`, or build without it");
    }
    const DigestMatch match = LockedImages::match(entries, *used.digest());
    if (match.entry != nullptr) {
      row.locked = match.entry->key();
      return;
    }
    report("material-differs", " with another digest than the locked one",
           "build it again from the locked digest; or, to take another one, run `lock update " +
               entries.front()->reference.familiar() + "`");
  }

  // What is there and does not count. Beside provenance that does it only needs to be seen.
  void judge_other(const ProvenanceReport& report) {
    const bool covered = is_covered(report);
    const std::string at = " (" + report.format + " " + report.location + ")";
    if (report.state == SignatureState::verified || report.state == SignatureState::untrusted) {
      const std::string who = report.signer                    ? image::describe(*report.signer)
                              : !report.claimed_signer.empty() ? report.claimed_signer + ", it claims"
                                                               : "somebody whose key is not known here";
      image::Finding finding =
          make("provenance-untrusted",
               "provenance of " + name_ + at + " is signed by " + who + ", whom images.toml does not name",
               "if the image is built there, name the signer in images.toml");
      if (covered) finding.severity = Severity::note;
      finding.actual = report.reason;
      noted_.add(std::move(finding), platforms_of(report));
    } else if (report.state == SignatureState::invalid) {
      image::Finding finding =
          make("provenance-invalid", "provenance of " + name_ + at + " does not hold: " + report.reason);
      if (covered) finding.severity = Severity::warning;
      noted_.add(std::move(finding), platforms_of(report));
    } else if (!covered || report.state == SignatureState::undetermined) {
      const Error cause = fail(ErrorKind::unsupported, report.reason).error();
      undetermined("cannot judge provenance of " + name_ + at, cause);
      doubtful_.push_back(&report);
    }
  }

  void judge_units() {
    for (const ProvenanceUnit& unit : survey_->units) {
      const std::vector<std::string> platforms =
          unit.digest == *image_.digest() ? std::vector<std::string>() : std::vector<std::string>{platform_of(unit)};
      if (!has(unit, any)) {
        judge_missing(unit, platforms);
        continue;
      }
      const auto speaks = [](const ProvenanceReport& report) {
        const auto& materials = report.provenance->materials;
        return report.provenance->names_every_image || std::ranges::any_of(materials, [](const Material& one) {
                 return one.image || !one.image_problem.empty();
               });
      };
      if (!has(unit, speaks)) {
        noted_.add(make("provenance-silent", "the provenance of " + name_ + " does not name the images that were used",
                        "let the build write provenance too: `docker buildx build --provenance=mode=min`"),
                   platforms);
      }
      if (!has(unit, [](const ProvenanceReport& report) { return !report.in_index; })) {
        noted_.add(make("provenance-unsigned", "nobody signed the provenance of " + name_ + "; it is part of the " +
                                                   (index_is_locked_ ? "locked " : "") + "index"),
                   platforms);
      }
    }
  }

  // Absence is only said when it is proven: not while a place could not be asked, or something there is not understood.
  void judge_missing(const ProvenanceUnit& unit, const std::vector<std::string>& platforms) {
    const bool doubtful =
        std::ranges::any_of(doubtful_, [&](const ProvenanceReport* report) { return concerns(*report, unit); });
    if (doubtful || !survey_->undetermined.empty()) return;
    noted_.add(make("provenance-missing", "nothing that counts says how " + name_ + " was built",
                    "build it with provenance (`docker buildx build --provenance=mode=min`), or sign it"),
               platforms);
  }

  const LockedImages& locked_;
  const Reference& image_;
  std::string name_;
  bool index_is_locked_;
  ProvenanceVerification& out_;
  Findings findings_;
  const ProvenanceSurvey* survey_ = nullptr;
  std::vector<bool> counting_;                     // of the survey's reports
  std::vector<const ProvenanceReport*> doubtful_;  // reported as undetermined
  ByPlatform noted_;
};

Result<std::vector<Reference>> parse_images(const std::vector<std::string>& images) {
  std::vector<Reference> out;
  for (const std::string& text : images) {
    auto reference = Reference::parse(text);
    if (!reference) {
      Error error = reference.error();
      error.kind = ErrorKind::usage;
      return std::unexpected(std::move(error));
    }
    out.push_back(std::move(*reference));
  }
  return out;
}

// What is asked for, by digest: the one that is written, else those that the lock holds for the tag.
std::vector<Reference> with_digests(const Reference& image, const LockedImages& locked) {
  if (image.digest()) return {image};
  std::set<Reference> out;
  for (const Entry* entry : locked.find(image)) out.insert(image.with_digest(entry->digest));
  return {out.begin(), out.end()};
}

bool names(const std::vector<settings::SignerName>& written, const std::string& name) {
  return std::ranges::find(written, name, &settings::SignerName::name) != written.end();
}

// Whose word about an image counts: see the header.
bool counts_for(const policy::Policy& policy, const LockedImages& locked, const Reference& image,
                const image::Signer& signer) {
  for (const Entry* entry : locked.find(image)) {
    const auto holds = [&](const image::Signer& held) { return image::continues(held, signer); };
    if (std::ranges::any_of(entry->signers, holds)) return true;
  }
  const auto rules = policy.rules_for(image);
  if (rules.empty()) return policy.recognizes(signer);
  return std::ranges::any_of(policy.signers(), [&](const auto& known) {
    return image::matches(known.second, signer) && std::ranges::any_of(rules, [&](const settings::Rule* rule) {
             return names(rule->all_of, known.first) || names(rule->any_of, known.first);
           });
  });
}

// Its own manifest is not there, or is something else: no matter of provenance.
std::optional<std::string_view> check_of(const Error& error) {
  if (error.kind == ErrorKind::absent) return "digest-gone";
  if (error.kind == ErrorKind::mismatch || error.kind == ErrorKind::malformed) return "digest-mismatch";
  return std::nullopt;
}

}  // namespace

Result<ProvenanceVerification> verify_provenance(const Workspace& workspace, const std::vector<std::string>& images,
                                                 image::Registry& registry, image::SignatureVerifier& verifier) {
  const auto parsed = parse_images(images);
  if (!parsed) return std::unexpected(parsed.error());
  auto locks = read_locks_to_check(workspace);
  if (!locks) return std::unexpected(std::move(locks.error()));
  ProvenanceVerification out;
  out.verification.findings = std::move(locks->findings);
  out.verification.checked.entries = locks->entries;
  const LockedImages locked(locks->documents, workspace.registries);
  Findings findings(workspace, workspace.scopes.front(), out.verification.findings);
  std::set<Reference> asked;
  for (const Reference& image : *parsed) {
    const auto found = with_digests(image, locked);
    asked.insert(found.begin(), found.end());
    if (!found.empty()) continue;
    image::Finding finding =
        finding_of("image-not-locked", image.familiar() + " is not in the lock, so there is no digest to ask about",
                   "name it with the digest that its build reported: " + image.familiar() + "@sha256:…");
    finding.reference = image.canonical();
    findings.add(std::move(finding));
  }
  for (const Reference& image : asked) {
    const auto counts = [&](const image::Signer& signer) {
      return counts_for(workspace.scopes.front().policy, locked, image, signer);
    };
    const auto survey =
        trust::survey_provenance(image, workspace.scopes.front().policy.platforms(), counts, registry, verifier);
    ImageCheck check(workspace, locked, image, out);
    if (survey) {
      check.judge(*survey, counts);
    } else if (const auto other = check_of(survey.error())) {
      check.report(*other, base::describe(survey.error()));
    } else {
      check.undetermined("cannot see how " + image.familiar() + " was built", survey.error());
    }
  }
  sort_findings(out.verification.findings);
  sort_undetermined(out.verification.undetermined);
  return out;
}

}  // namespace lock::ops
