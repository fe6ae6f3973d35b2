#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "resolver/collect/argo.hpp"
#include "resolver/collect/azure.hpp"
#include "resolver/collect/bake.hpp"
#include "resolver/collect/bitbucket.hpp"
#include "resolver/collect/circleci.hpp"
#include "resolver/collect/cloud_build.hpp"
#include "resolver/collect/collector.hpp"
#include "resolver/collect/compose.hpp"
#include "resolver/collect/devcontainer.hpp"
#include "resolver/collect/dockerfile.hpp"
#include "resolver/collect/dotenv.hpp"
#include "resolver/collect/flux.hpp"
#include "resolver/collect/found.hpp"
#include "resolver/collect/github.hpp"
#include "resolver/collect/gitlab.hpp"
#include "resolver/collect/helm.hpp"
#include "resolver/collect/ignore.hpp"
#include "resolver/collect/kubernetes.hpp"
#include "resolver/collect/kustomize.hpp"
#include "resolver/collect/mask.hpp"
#include "resolver/collect/prow.hpp"
#include "resolver/collect/quadlet.hpp"
#include "resolver/collect/tekton.hpp"
#include "resolver/collect/tree_limits.hpp"
#include "resolver/collect/woodpecker.hpp"

namespace lock::collect {
namespace {

// `mage` stands in image and in Image, so that one look answers for both.
constexpr Needle kArgoNeedles[] = {"argoproj.io/", "kustomize"};
constexpr Needle kBakeNeedles[] = {"docker-image://", "args", "dockerfile"};
constexpr Needle kBitbucketNeedles[] = {"mage", "docker://"};
constexpr Needle kComposeNeedles[] = {"mage", "build"};
constexpr Needle kDevcontainerNeedles[] = {"mage", "build", "docker"};
constexpr Needle kGithubNeedles[] = {"jobs", "using"};
constexpr Needle kGitlabNeedles[] = {"mage", "services"};
constexpr Needle kHelmNeedles[] = {"mage", "MAGE", "repository", "oci:"};
constexpr Needle kKubernetesNeedles[] = {"mage", "MAGE"};
constexpr Needle kKustomizeNeedles[] = {"mage", "helmCharts", "patches"};
constexpr Needle kMage[] = {"mage"};
constexpr Needle kName[] = {"name"};
constexpr Needle kProwNeedles[] = {"presubmits", "postsubmits", "periodics"};
constexpr Needle kQuadletNeedles[] = {"Image", "Yaml", "File"};

// One row a format, sorted by its name (a test looks).
constexpr std::array kCollectors = {
    Collector{"argo", claim_argo, "", kArgoNeedles, collect_argo},
    Collector{"azure-pipelines", claim_azure, "container", {}, collect_azure},
    Collector{"bitbucket", claim_bitbucket, "", kBitbucketNeedles, collect_bitbucket},
    Collector{"circleci", claim_circleci, "docker", kMage, collect_circleci},
    Collector{"cloud-build", claim_cloud_build, "steps", kName, collect_cloud_build},
    Collector{"compose", claim_compose, "services", kComposeNeedles, collect_compose},
    Collector{"compose-v1", claim_compose_v1, "", kComposeNeedles, collect_compose_v1},
    Collector{"devcontainer", claim_devcontainer, "", kDevcontainerNeedles, collect_devcontainer},
    Collector{"docker-bake", claim_bake, "", kBakeNeedles, collect_bake},
    Collector{"dockerfile", claim_dockerfile, "", {}, collect_dockerfile_source},
    Collector{"dotenv", claim_dotenv, "=", {}, collect_dotenv},
    Collector{"flux", claim_flux, "toolkit.fluxcd.io/", {}, collect_flux},
    Collector{"github-actions", claim_github, "", kGithubNeedles, collect_github},
    Collector{"gitlab-ci", claim_gitlab, "", kGitlabNeedles, collect_gitlab},
    Collector{"helm", claim_helm, "", kHelmNeedles, collect_helm},
    Collector{"kubernetes", claim_kubernetes, "apiVersion", kKubernetesNeedles, collect_kubernetes},
    Collector{"kustomize", claim_kustomize, "", kKustomizeNeedles, collect_kustomize},
    Collector{"prow", claim_prow, "mage", kProwNeedles, collect_prow},
    Collector{"quadlet", claim_quadlet, "", kQuadletNeedles, collect_quadlet},
    Collector{"tekton", claim_tekton, "tekton.dev/", kMage, collect_tekton},
    Collector{"woodpecker", claim_woodpecker, "mage", {}, collect_woodpecker},
};

bool worth_reading(std::string_view bytes, Needles& needles, const Collector& collector) {
  if (is_wide(bytes)) return true;  // no needle stands in it as we spell them; it is read to be refused aloud
  const auto wanted = collector.needles;
  if (!wanted.empty() &&
      std::ranges::all_of(wanted, [&](const Needle& needle) { return needles.are_known_to_lack(needle); })) {
    return false;
  }
  if (!needles.hold(collector.required)) return false;
  return wanted.empty() || std::ranges::any_of(wanted, [&](const Needle& needle) { return needles.hold(needle); });
}

bool same_place(const image::Occurrence& a, const image::Occurrence& b) {
  return a.file == b.file && a.span == b.span && a.written == b.written && a.kind == b.kind;
}

// Of several occurrences at one place the declared ones of the first format stay, one an image: variables can make
// different images of one text (a matrix, a job that is extended). Sorts by place.
void keep_one_a_place(std::vector<image::Occurrence>& occurrences) {
  std::stable_sort(occurrences.begin(), occurrences.end(), [](const auto& a, const auto& b) {
    return std::tie(a.file, a.span, a.occurrence_class) < std::tie(b.file, b.span, b.occurrence_class);
  });
  std::vector<image::Occurrence> kept;
  std::size_t first = 0;  // of those kept that stand where the last one does
  for (image::Occurrence& each : occurrences) {
    if (kept.empty() || kept.back().file != each.file || kept.back().span != each.span) first = kept.size();
    const bool is_covered =
        std::any_of(kept.begin() + static_cast<std::ptrdiff_t>(first), kept.end(), [&](auto& other) {
          return same_place(other, each) && (other.format != each.format || other.reference == each.reference ||
                                             other.occurrence_class != each.occurrence_class);
        });
    if (!is_covered) kept.push_back(std::move(each));
  }
  occurrences = std::move(kept);
}

// A slot that two occurrences read is shared: an edit of one is seen by the other.
void mark_shared(std::vector<image::Occurrence>& occurrences) {
  std::map<std::pair<std::string_view, std::size_t>, std::vector<image::Slot*>> by_place;
  for (auto& occurrence : occurrences) {
    for (auto& slot : occurrence.slots) by_place[{slot.file, slot.ranges.front().begin}].push_back(&slot);
  }
  for (const auto& [place, slots] : by_place) {
    if (slots.size() < 2) continue;
    for (image::Slot* slot : slots) slot->shared = true;
  }
}

void apply_ignores(const Source& source, const Files& files, image::Collected& out) {
  for (auto& occurrence : out.occurrences) {
    if (occurrence.status == image::Status::ignored) continue;
    const SourceText* text = occurrence.file == source.path() ? &source.text() : files.find(occurrence.file);
    const auto ignore =
        text == nullptr ? std::nullopt : find_ignore(*text, occurrence.span, comment_marks(occurrence.format));
    if (!ignore) continue;
    if (ignore->reason.empty()) {
      out.problems.push_back(problem_at(*text, ignore->comment, image::Problem::Severity::warning,
                                        "ignore-without-reason", "lock:ignore has no effect without a reason",
                                        "write why behind it: lock:ignore <reason>"));
      continue;
    }
    occurrence.status = image::Status::ignored;
    occurrence.reason = ignore->reason;
  }
}

// What kept the tree from being read whole, said once however many collectors looked.
void report_tree(const Source& source, bool declared, image::Collected& out) {
  using Severity = image::Problem::Severity;
  const Tree* tree = source.tree_if_read();
  if (tree == nullptr) return;
  const Severity unread = declared ? Severity::undetermined : Severity::warning;
  const bool is_template = tree->failure() && holds_template(source.bytes());
  const auto report_failure = [&](const Tree::Trouble& failure) {
    out.problems.push_back(
        problem_at(source.text(), failure.span, unread, "unreadable-file",
                   is_template ? "a template that is not YAML even with its expressions put aside: " + failure.message
                               : failure.message,
                   is_template && failure.hint.empty() ? "render it and check the result" : failure.hint));
  };
  if (tree->failure()) report_failure(*tree->failure());
  for (const Tree::Trouble& failure : tree->later_failures()) report_failure(failure);
  if (tree->exhausted()) {
    out.problems.push_back(problem_at(source.text(), {0, 0}, unread, "unreadable-file",
                                      "too many aliases and merge keys to follow them all"));
  }
  if (out.occurrences.empty()) return;  // the warnings of a file of another kind are not ours to give
  for (const auto& warning : tree->warnings()) {
    const Severity severity = warning.check == "duplicate-key" ? Severity::error : Severity::warning;
    out.problems.push_back(
        problem_at(source.text(), warning.span, severity, std::string(warning.check), warning.message, warning.hint));
  }
}

}  // namespace

std::span<const Collector> collectors() { return kCollectors; }

Claim claim(std::string_view path) {
  Claim strongest = Claim::none;
  for (const Collector& collector : kCollectors) strongest = std::max(strongest, collector.claim(path));
  return strongest;
}

bool worth_reading(std::string_view path, std::string_view bytes) {
  Needles needles(bytes);
  return std::any_of(kCollectors.begin(), kCollectors.end(), [&](const Collector& collector) {
    return collector.claim(path) != Claim::none && worth_reading(bytes, needles, collector);
  });
}

image::Collected collect(const Source& source, const Files& files) { return collect(source, files, {}); }

image::Collected collect(const Source& source, const Files& files, std::span<PatternRun> patterns) {
  image::Collected out;
  bool declared = false;
  Needles needles(source.bytes());
  for (const Collector& collector : kCollectors) {
    const Claim claimed = collector.claim(source.name());
    if (claimed == Claim::none || !worth_reading(source.bytes(), needles, collector)) continue;
    declared = declared || claimed == Claim::declared;
    image::Collected part = collector.collect(source, files);
    std::move(part.occurrences.begin(), part.occurrences.end(), std::back_inserter(out.occurrences));
    std::move(part.problems.begin(), part.problems.end(), std::back_inserter(out.problems));
  }
  for (image::Occurrence& occurrence : out.occurrences) {
    if (occurrence.file != source.path()) occurrence.found_from = source.path();
  }
  report_tree(source, declared, out);
  for (PatternRun& run : patterns) run.found = run.pattern->collect(source.text(), run.declared, out);
  keep_one_a_place(out.occurrences);
  mark_shared(out.occurrences);
  apply_ignores(source, files, out);
  return out;
}

}  // namespace lock::collect
