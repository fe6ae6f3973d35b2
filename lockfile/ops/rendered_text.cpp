#include "lockfile/ops/rendered_text.hpp"

#include <algorithm>
#include <utility>

#include "lockfile/ops/collecting.hpp"
#include "lockfile/ops/finding.hpp"
#include "resolver/base/text.hpp"
#include "resolver/collect/collector.hpp"
#include "resolver/collect/found.hpp"

namespace lock::ops {
namespace {

bool holds_object(const collect::Tree& tree) {
  return std::ranges::any_of(tree.documents(),
                             [&tree](const collect::Node* node) { return !tree.find_text(*node, "kind").empty(); });
}

class Reading {
 public:
  explicit Reading(const Workspace& workspace)
      : workspace_(workspace), collecting_(collecting_of_rendered(workspace)) {}

  void take(const RenderedText& text) {
    const collect::Source source(rendered_source_name(text.name), text.bytes);
    image::Collected collected = collecting_(source, collect::NoFiles());
    // A text in which no collector sees anything is read all the same: what is broken may be what they look for.
    const bool looked_at = source.tree_if_read() != nullptr;
    if (const auto& failure = source.tree().failure(); failure && !looked_at) {
      collected.problems.push_back(collect::problem_at(source.text(), failure->span,
                                                       image::Problem::Severity::undetermined, "unreadable-file",
                                                       failure->message, failure->hint));
    }
    something_ = something_ || holds_object(source.tree()) || !collected.problems.empty();
    for (image::Problem& problem : collected.problems) report(std::move(problem), text.name);
    for (image::Occurrence& occurrence : collected.occurrences) {
      if (occurrence.kind != image::Kind::image) continue;
      something_ = true;
      occurrence.file = text.name;
      if (occurrence.status == image::Status::ignored) {
        occurrence.status = occurrence.reference ? image::Status::resolved : image::Status::unresolved;
      }
      out_.occurrences.push_back(std::move(occurrence));
    }
  }

  Result<RenderedImages> finish() {
    if (something_) return std::move(out_);
    return fail(ErrorKind::usage, "nothing that was rendered is a manifest: there is neither an object nor an image",
                "see that the renderer before this one succeeded");
  }

 private:
  void report(image::Problem problem, const std::string& name) {
    // A `lock:ignore` has no say here, with a reason or without one.
    if (problem.check == "ignore-without-reason") return;
    problem.place.file = name;
    image::Finding finding = finding_of(problem.check, std::move(problem.message), std::move(problem.hint));
    finding.place = std::move(problem.place);
    if (finding.check != "unreadable-file") {
      return Findings(workspace_, workspace_.scopes.front(), out_.findings).add(std::move(finding));
    }
    std::string cause = finding.message;
    out_.undetermined.push_back({std::move(finding), std::move(cause)});
  }

  const Workspace& workspace_;
  const Collecting collecting_;
  bool something_ = false;
  RenderedImages out_;
};

}  // namespace

std::string rendered_source_name(const std::string& name) {
  return name.ends_with(".json") ? "rendered.json" : "rendered.yaml";
}

Result<RenderedImages> read_rendered_images(const Workspace& workspace, const std::vector<RenderedText>& texts) {
  const bool nothing =
      std::ranges::all_of(texts, [](const RenderedText& text) { return base::trim(text.bytes).empty(); });
  if (nothing) {
    return fail(ErrorKind::usage, "nothing was rendered: there is no text to check",
                "see that the renderer before this one succeeded");
  }
  Reading reading(workspace);
  for (const RenderedText& text : texts) reading.take(text);
  return reading.finish();
}

image::Finding unrendered(const image::Occurrence& occurrence) {
  return finding_at(occurrence, "unpinned-image",
                    "'" + base::harmless(occurrence.written) + "' still holds a variable, so it names no image",
                    "render it first: what is checked here is what will be deployed");
}

}  // namespace lock::ops
