#include "lockfile/ops/outdated.hpp"

#include "lockfile/ops/facts.hpp"

namespace lock::ops {
namespace {

image::Finding about(const document::Entry& entry, std::string check, std::string message) {
  image::Finding finding;
  finding.check = std::move(check);
  finding.message = std::move(message);
  finding.reference = entry.key();
  finding.digest = entry.digest.text();
  return finding;
}

}  // namespace

OutdatedResult outdated(const document::Document& lock, image::Registry& registry) {
  OutdatedResult out;
  std::vector<const document::Entry*> asked;
  std::vector<image::Reference> questions;
  for (const document::Entry& entry : lock.entries()) {
    if (!entry.reference.tag() || entry.reference.digest()) continue;
    asked.push_back(&entry);
    questions.push_back(entry.reference);
  }
  out.asked = questions.size();
  const auto answers = registry.resolve(questions);
  std::vector<const document::Entry*> moved;
  std::vector<FactQuestion> facts;
  const auto unknown = [&](const document::Entry& entry, const Error& error) {
    auto finding = about(entry, "tag-unknown", "could not find out what " + entry.reference.familiar() + " is now");
    finding.hint = error.hint;
    out.undetermined.push_back({std::move(finding), describe(error)});
  };
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i] && answers[i].error().kind == ErrorKind::absent) {
      auto finding =
          about(*asked[i], "tag-gone", "the tag " + asked[i]->reference.familiar() + " is gone from its registry");
      finding.severity = image::Severity::warning;
      out.findings.push_back(std::move(finding));
    } else if (!answers[i]) {
      unknown(*asked[i], answers[i].error());
    } else if (answers[i]->digest != asked[i]->digest) {
      moved.push_back(asked[i]);
      facts.push_back({asked[i]->reference, answers[i]->digest});
    }
  }
  auto entries = fetch_facts(registry, facts);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i])
      out.images.push_back({*moved[i], std::move(*entries[i])});
    else
      unknown(*moved[i], entries[i].error());
  }
  return out;
}

}  // namespace lock::ops
