// The rendered half of verify.hpp: text against locks, no registry, no tree.
#include <algorithm>
#include <map>
#include <set>

#include "lockfile/ops/verify.hpp"
#include "lockfile/ops/wanted.hpp"

namespace lock::ops {
namespace {

using document::Entry;
using image::Digest;
using image::Finding;
using image::Occurrence;
using image::Reference;
using image::Repository;
using image::Severity;

// What the locks hold, by the questions that rendered images ask.
class Locked {
 public:
  explicit Locked(const RenderedCheck& check) {
    for (const document::Document* lock : check.locks) {
      for (const Entry& entry : lock->entries()) {
        repositories_[entry.reference.repository()].push_back(&entry);
        if (entry.reference.tag()) tags_[{entry.reference.repository(), *entry.reference.tag()}].push_back(&entry);
      }
    }
  }

  [[nodiscard]] std::vector<const Entry*> of_repository(const Repository& repository) const {
    const auto found = repositories_.find(repository);
    return found == repositories_.end() ? std::vector<const Entry*>() : found->second;
  }
  [[nodiscard]] std::vector<const Entry*> of_tag(const Repository& repository, const std::string& tag) const {
    const auto found = tags_.find({repository, tag});
    return found == tags_.end() ? std::vector<const Entry*>() : found->second;
  }

 private:
  std::map<Repository, std::vector<const Entry*>> repositories_;
  std::map<std::pair<Repository, std::string>, std::vector<const Entry*>> tags_;
};

// A mirror's prefix stands for its registry: mirror.example.com/hub/library/nginx is docker.io/library/nginx.
Repository behind_mirror(const Repository& repository, const RenderedCheck& check) {
  const std::string name = repository.name();
  for (const auto& [prefix, registry] : check.mirrors) {
    if (name.starts_with(prefix + "/")) return {registry, name.substr(prefix.size() + 1)};
  }
  return repository;
}

Finding about(const Occurrence& occurrence, std::string check, Severity severity, std::string message) {
  Finding finding;
  finding.check = std::move(check);
  finding.severity = severity;
  finding.message = std::move(message);
  if (occurrence.reference) {
    finding.reference = occurrence.reference->canonical();
    if (occurrence.reference->digest()) finding.digest = occurrence.reference->digest()->text();
  }
  finding.place = place_of(occurrence);
  finding.object = occurrence.object;
  return finding;
}

std::string digests_of(const std::vector<const Entry*>& entries) {
  std::set<std::string> texts;
  for (const Entry* entry : entries) texts.insert(entry->digest.text());
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : " or ") + text;
  return out;
}

// A guess that carries no digest may be no image at all; the reader decides.
void judge_guess(const Occurrence& occurrence, bool locked, Verdicts& out) {
  Finding finding = about(occurrence, "possible-image", Severity::warning, "");
  finding.message = "'" + occurrence.written + "' looks like an image " +
                    (locked ? "and is written without its locked digest" : "and is not in the lock");
  finding.hint = "if it is one, pin it; if not, say so with an [[accept]] for possible-image";
  out.findings.push_back(std::move(finding));
}

void judge_digest(const Occurrence& occurrence, const Digest& digest, const std::vector<const Entry*>& entries,
                  Verdicts& out) {
  const auto has_digest = [&](const Entry* entry) { return entry->digest == digest; };
  if (std::ranges::any_of(entries, has_digest)) return;
  for (const Entry* entry : entries) {
    for (const auto& platform : entry->platforms) {
      if (platform.digest != digest) continue;
      Finding finding = about(occurrence, "rendered-platform-digest", Severity::note, "");
      finding.message =
          occurrence.reference->familiar() + " is the " + platform.platform.text() + " manifest of the locked index";
      finding.expected = entry->digest.text();
      out.findings.push_back(std::move(finding));
      return;
    }
  }
  Finding finding = about(occurrence, "rendered-digest-differs", Severity::error, "");
  finding.message = occurrence.reference->familiar() + " is rendered with a digest that is not the locked one";
  finding.hint = "render it from the reviewed sources again, or review the change with `lock update` and `lock diff`";
  finding.expected = digests_of(entries);
  finding.actual = digest.text();
  out.findings.push_back(std::move(finding));
}

void judge_unpinned(const Occurrence& occurrence, const std::vector<const Entry*>& entries, Verdicts& out) {
  Finding finding = about(occurrence, "rendered-unpinned", Severity::error, "");
  finding.message = occurrence.reference->familiar() + " is rendered without a digest";
  finding.hint = "write the locked digest where it is rendered from";
  finding.expected = occurrence.reference->familiar() + "@" + entries.front()->digest.text();
  finding.actual = occurrence.written;
  out.findings.push_back(std::move(finding));
}

void judge(const Occurrence& occurrence, const Locked& locked, const RenderedCheck& check, Verdicts& out) {
  const bool guessed = occurrence.occurrence_class == image::Class::guessed;
  if (!occurrence.reference) {
    if (guessed) return;
    Finding finding = about(occurrence, "rendered-unresolved", Severity::error, "");
    finding.message = "'" + occurrence.written + "' has no value, though this text is rendered";
    finding.hint = "check what was piped in: it must be the output of rendering, not its source";
    out.findings.push_back(std::move(finding));
    return;
  }
  const Reference& reference = *occurrence.reference;
  const Repository repository = behind_mirror(reference.repository(), check);
  const auto entries = reference.tag() ? locked.of_tag(repository, *reference.tag()) : locked.of_repository(repository);
  if (guessed && (!reference.digest() || entries.empty())) {
    judge_guess(occurrence, !entries.empty(), out);
  } else if (entries.empty()) {
    Finding finding = about(occurrence, "rendered-unlocked", Severity::error, "");
    finding.message = reference.familiar() + " is rendered but is not in the lock";
    finding.hint = "add it to a source that `lock scan` reads, run `lock update` and review the change";
    out.findings.push_back(std::move(finding));
  } else if (!reference.digest()) {
    judge_unpinned(occurrence, entries, out);
  } else {
    judge_digest(occurrence, *reference.digest(), entries, out);
  }
}

}  // namespace

Verdicts verify_rendered(const RenderedCheck& check, std::span<const Occurrence> occurrences) {
  Verdicts out;
  const Locked locked(check);
  for (const document::Document* lock : check.locks) out.entries += lock->entries().size();
  for (const Occurrence& occurrence : occurrences) {
    if (occurrence.kind == image::Kind::image) judge(occurrence, locked, check, out);
  }
  return out;
}

}  // namespace lock::ops
