#include "lockfile/ops/import.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "lockfile/exchange/importer.hpp"
#include "lockfile/ops/demand.hpp"
#include "lockfile/ops/finding.hpp"
#include "lockfile/ops/lock_file.hpp"
#include "lockfile/ops/rendered_places.hpp"
#include "resolver/base/file.hpp"
#include "resolver/image/manifest.hpp"

namespace lock::ops {
namespace {

using exchange::ForeignImage;
using image::Reference;

constexpr std::size_t kMostFile = std::size_t{16} << 20;

class Importing {
 public:
  Importing(const Workspace& workspace, const Scan& scan, const ImportOptions& options, image::Registry& registry,
            image::SignatureVerifier& verifier)
      : workspace_(workspace), scan_(scan), options_(options), registry_(registry), verifier_(verifier) {}

  Result<ImportResult> run() {
    auto bytes = base::read_file(options_.file, kMostFile);
    if (!bytes) return std::unexpected(std::move(bytes.error()));
    const collect::Source source(options_.name, std::move(*bytes));
    const auto foreign = exchange::read_foreign_lock(source);
    if (!foreign) return std::unexpected(foreign.error());
    if (auto chosen = choose(foreign->images); !chosen) return std::unexpected(std::move(chosen.error()));
    resolve();
    fetch();
    UpdateOptions update_options;
    update_options.dry_run = options_.dry_run;
    update_options.answers = std::move(answers_);
    auto updated = update(workspace_, scan_, update_options, registry_, verifier_);
    if (!updated) return std::unexpected(std::move(updated.error()));
    result_.update = std::move(*updated);
    result_.images = foreign->images.size();
    result_.taken = taken_;
    auto& findings = result_.update.findings;
    findings.insert(findings.end(), skipped_.begin(), skipped_.end());
    sort_findings(findings);
    return std::move(result_);
  }

 private:
  struct Wanted {
    const ForeignImage* image;
    std::optional<image::Digest> digest;  // what will be locked
  };

  // The images of the file that the tree asks for and that no lock holds yet.
  Result<void> choose(const std::vector<ForeignImage>& images) {
    std::set<Reference> named;
    std::set<Reference> open;
    for (std::size_t i = 0; i < workspace_.scopes.size(); ++i) {
      const auto lock = read_lock(workspace_, workspace_.scopes[i]);
      if (!lock) return std::unexpected(lock.error());
      for (const Reference& tag : tags_without_digest(Places(scan_.scopes[i].occurrences).all())) {
        named.insert(tag);
        const document::Entry* entry = lock->reading.document.find(tag);
        if (entry == nullptr) {
          open.insert(tag);
        } else {
          locked_.emplace(tag, entry->digest);
        }
      }
    }
    for (const ForeignImage& image : images) {
      if (open.contains(image.reference)) {
        wanted_.push_back({&image, image.digest});
      } else if (!named.contains(image.reference)) {
        skip(image, image::Severity::note, "no place of the tree names it without a digest");
      } else if (const image::Digest& digest = locked_.at(image.reference); image.digest && *image.digest != digest) {
        skip(image, image::Severity::warning,
             "images.lock has " + digest.short_text() + " already, the file " + image.digest->short_text());
      }
    }
    return {};
  }

  void skip(const ForeignImage& image, image::Severity severity, const std::string& why) {
    image::Finding finding = finding_of("import-skipped", image.reference.familiar() + ": " + why);
    finding.severity = severity;
    finding.place = image.place;
    finding.reference = image.reference.canonical();
    skipped_.push_back(std::move(finding));
  }

  // Where the file has no digest of the image itself: what the tag names now, to be confirmed.
  void resolve() {
    std::vector<Reference> ask;
    for (const Wanted& wanted : wanted_) {
      if (!wanted.digest) ask.push_back(wanted.image->reference);
    }
    if (ask.empty()) return;
    auto answers = registry_.resolve(ask);
    for (std::size_t i = 0; i < ask.size(); ++i) {
      const auto wanted = std::ranges::find(wanted_, ask[i], [](const Wanted& one) { return one.image->reference; });
      if (answers[i]) {
        wanted->digest = answers[i]->digest;
      } else {
        answers_.emplace(ask[i], std::unexpected(std::move(answers[i].error())));
      }
    }
  }

  void fetch() {
    std::vector<Reference> ask;
    std::vector<const Wanted*> asked;
    for (const Wanted& wanted : wanted_) {
      if (!wanted.digest) continue;
      ask.push_back(wanted.image->reference.by_digest(*wanted.digest));
      asked.push_back(&wanted);
    }
    if (ask.empty()) return;
    auto answers = registry_.manifests(ask);
    for (std::size_t i = 0; i < ask.size(); ++i) {
      answers_.emplace(asked[i]->image->reference, answer(*asked[i], std::move(answers[i])));
    }
  }

  Result<image::Resolution> answer(const Wanted& wanted, Result<image::ManifestContent> content) {
    if (!content) {
      if (content.error().kind != ErrorKind::absent) return std::unexpected(std::move(content.error()));
      return fail(ErrorKind::unsupported,
                  options_.name + " says " + wanted.digest->short_text() + ", which the registry does not have",
                  "`lock update` locks what the tag names now");
    }
    if (const auto missing = not_part_of(*content, wanted)) {
      return fail(ErrorKind::unsupported,
                  options_.name + " says " + missing->short_text() + " for one platform, which is no part of " +
                      wanted.digest->short_text() + ": the tag has moved since",
                  "`lock update` locks what the tag names now");
    }
    ++taken_;
    return image::Resolution{*wanted.digest, content->served_type, std::move(content->bytes)};
  }

  // A platform's digest of the file that the image does not have.
  static std::optional<image::Digest> not_part_of(const image::ManifestContent& content, const Wanted& wanted) {
    if (wanted.image->of_platforms.empty()) return std::nullopt;
    const auto manifest = image::parse_manifest(content.bytes, content.served_type);
    for (const image::Digest& digest : wanted.image->of_platforms) {
      const bool itself = digest == *wanted.digest;
      if (!itself && (!manifest || std::ranges::find(manifest->manifests, digest, &image::Descriptor::digest) ==
                                       manifest->manifests.end())) {
        return digest;
      }
    }
    return std::nullopt;
  }

  const Workspace& workspace_;
  const Scan& scan_;
  const ImportOptions& options_;
  image::Registry& registry_;
  image::SignatureVerifier& verifier_;
  std::map<Reference, image::Digest> locked_;
  std::vector<Wanted> wanted_;
  std::map<Reference, Result<image::Resolution>> answers_;
  std::vector<image::Finding> skipped_;
  std::size_t taken_ = 0;
  ImportResult result_;
};

}  // namespace

Result<ImportResult> import_lock(const Workspace& workspace, const Scan& scan, const ImportOptions& options,
                                 image::Registry& registry, image::SignatureVerifier& verifier) {
  return Importing(workspace, scan, options, registry, verifier).run();
}

}  // namespace lock::ops
