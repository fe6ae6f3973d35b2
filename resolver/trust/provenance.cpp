#include "resolver/trust/provenance.hpp"

#include <algorithm>

#include "resolver/base/encoding.hpp"
#include "resolver/base/text.hpp"
#include "resolver/image/manifest.hpp"
#include "resolver/trust/budget.hpp"
#include "resolver/trust/discover.hpp"

namespace lock::trust {
namespace {

using image::Descriptor;
using image::Digest;
using image::Manifest;
using image::Reference;
using image::SignatureReport;
using image::SignatureState;

constexpr std::string_view kFormat = "attestation manifest";
constexpr std::string_view kReferenceDigest = "vnd.docker.reference.digest";
constexpr std::string_view kPredicateType = "in-toto.io/predicate-type";

std::string annotation(const Descriptor& descriptor, std::string_view name) {
  const auto found = descriptor.annotations.find(std::string(name));
  return found == descriptor.annotations.end() ? std::string() : found->second;
}

SignatureState state_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::malformed:
    case ErrorKind::mismatch:
    case ErrorKind::absent: return SignatureState::invalid;
    case ErrorKind::unsupported: return SignatureState::unsupported;
    default: return SignatureState::undetermined;
  }
}

void refuse(ProvenanceReport& report, SignatureState state, std::string_view reason) {
  report.state = state;
  report.reason = base::harmless(reason, 2000);
  report.signer.reset();
}

void refuse(ProvenanceReport& report, const Error& error) { refuse(report, state_of(error), base::describe(error)); }

bool is_about(const in_toto::Statement& statement, const Digest& digest) {
  return in_toto::names_subject(statement, digest.algorithm(), base::from_hex(digest.hex()).value_or(Bytes{}));
}

// One attestation manifest of the index, and what it says it is about.
struct Attachment {
  Digest manifest;
  std::optional<Digest> about;
};

class IndexSearch {
 public:
  IndexSearch(const Reference& image, image::Registry& registry, ProvenanceSurvey& out)
      : image_(image), registry_(registry), out_(out) {}

  void run(const Manifest& index) {
    for (const Descriptor& child : index.manifests) {
      if (!image::is_attestation(child)) children_.push_back(child.digest);
    }
    for (const Descriptor& child : index.manifests) {
      if (!image::is_attestation(child)) continue;
      if (attachments_.size() == most_attestation_manifests) {
        too_many("attestation manifests", most_attestation_manifests);
        break;
      }
      attachments_.push_back({child.digest, about_of(child)});
    }
    open_manifests();
    read_statements();
  }

 private:
  void too_many(const std::string& what, std::size_t most) {
    out_.undetermined.push_back(
        fail(ErrorKind::limit, "the index has more than " + std::to_string(most) + " " + what).error());
  }

  // Old BuildKit wrote no annotation; then the statement alone says what it is about.
  [[nodiscard]] static std::optional<Digest> about_of(const Descriptor& child) {
    auto digest = Digest::parse(annotation(child, kReferenceDigest));
    return digest ? std::optional(std::move(*digest)) : std::nullopt;
  }

  void open_manifests() {
    if (attachments_.empty()) return;
    std::vector<Reference> ask;
    for (const Attachment& attachment : attachments_) ask.push_back(image_.by_digest(attachment.manifest));
    const auto answers = registry_.manifests(ask);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const Attachment& attachment = attachments_[i];
      auto manifest = answers[i] ? image::parse_manifest(answers[i]->bytes, answers[i]->served_type)
                                 : Result<Manifest>(std::unexpected(answers[i].error()));
      if (!manifest) {
        unreadable(attachment, manifest.error());
        continue;
      }
      for (const Descriptor& layer : manifest->layers) take_layer(attachment, layer);
    }
  }

  // The annotation is covered by the index's digest as the statement is. One that names another predicate lets us leave
  // out an SBOM of many megabytes; one that lies about provenance is found when the statement is read.
  void take_layer(const Attachment& attachment, const Descriptor& layer) {
    if (layer.media_type != in_toto::statement_payload_type) return;
    const std::string type = annotation(layer, kPredicateType);
    if (!type.empty() && !in_toto::claims_provenance(type)) return;
    if (layers_.size() == most_index_statements) {
      if (!full_) too_many("attestations", most_index_statements);
      full_ = true;
      return;
    }
    layers_.push_back({image_.by_digest(layer.digest), layer.size, most_envelope_bytes, 0});
    owners_.push_back(attachment);
    is_named_provenance_.push_back(!type.empty());
  }

  void read_statements() {
    if (layers_.empty()) return;
    const auto answers = fetch_documents(layers_, registry_);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (!answers[i]) {
        unreadable(owners_[i], answers[i].error());
        continue;
      }
      const auto statement = in_toto::parse_statement(answers[i]->bytes());
      if (!statement) {
        unreadable(owners_[i], statement.error());
        continue;
      }
      const bool other = !in_toto::claims_provenance(statement->predicate_type);
      if (other && !is_named_provenance_[i]) continue;  // an SBOM that no annotation tells apart
      judge(owners_[i], *statement);
    }
  }

  [[nodiscard]] ProvenanceReport report_of(const Attachment& attachment, const Digest& about) const {
    return {.format = std::string(kFormat),
            .location = attachment.manifest.text(),
            .about = about,
            .in_index = true,
            .state = SignatureState::verified,
            .signer = {},
            .claimed_signer = {},
            .reason = {},
            .provenance = {}};
  }

  void unreadable(const Attachment& attachment, const Error& error) {
    ProvenanceReport report = report_of(attachment, attachment.about.value_or(*image_.digest()));
    refuse(report, error);
    out_.reports.push_back(std::move(report));
  }

  void judge(const Attachment& attachment, const in_toto::Statement& statement) {
    const auto about = std::ranges::find_if(children_, [&](const Digest& child) {
      return (!attachment.about || child == *attachment.about) && is_about(statement, child);
    });
    ProvenanceReport report =
        report_of(attachment, about != children_.end() ? *about : attachment.about.value_or(*image_.digest()));
    if (about == children_.end()) {
      refuse(report, SignatureState::invalid,
             attachment.about
                 ? "no subject of the statement is " + attachment.about->text() + ", which the index says it is about"
                 : std::string("no subject of the statement is a manifest of the index"));
    } else if (auto provenance = in_toto::read_provenance(statement)) {
      report.provenance = std::move(*provenance);
    } else {
      refuse(report, provenance.error());
    }
    out_.reports.push_back(std::move(report));
  }

  const Reference& image_;
  image::Registry& registry_;
  ProvenanceSurvey& out_;
  std::vector<Digest> children_;
  std::vector<Attachment> attachments_;
  std::vector<Document> layers_;
  std::vector<Attachment> owners_;  // of layers_
  std::vector<bool> is_named_provenance_;
  bool full_ = false;
};

// Whether a signature has anything to do with provenance. One that did not verify is asked what it claims to be; where
// that cannot be read either it may have been provenance.
bool concerns_provenance(const SignatureReport& report) {
  if (report.state == SignatureState::verified) return in_toto::claims_provenance(report.predicate_type);
  if (!report.claimed_predicate_type.empty()) return in_toto::claims_provenance(report.claimed_predicate_type);
  return report.format != "cosign signature" && (report.step == "read-bundle" || report.step == "statement");
}

// trust.md of the field: builder and source stand in certificate and predicate, and they must agree. A builder that is
// a workflow is the certificate's subject; a workflow's source is the repository that the certificate says it ran for.
std::string disagreement(const in_toto::Provenance& provenance, const SignatureReport& signature) {
  const image::Signer& signer = *signature.signer;
  if (signer.kind != image::Signer::Kind::sigstore) return {};
  const bool workflow = provenance.builder.find("/.github/workflows/") != std::string::npos;
  if (workflow && signer.subject != provenance.builder && !signer.subject.starts_with(provenance.builder + "@")) {
    return "it says that " + provenance.builder + " built the image, and its certificate is that of " + signer.subject;
  }
  if (!provenance.source_is_of_workflow || signature.source_repository.empty() || provenance.source.empty()) return {};
  std::string_view source = provenance.source;
  if (source.starts_with("git+")) source.remove_prefix(4);
  if (const auto at = source.rfind('@'); at != source.npos && at > source.find("://")) source = source.substr(0, at);
  if (source == signature.source_repository) return {};
  return "it says that the source is " + std::string(source) + ", and its certificate says " +
         signature.source_repository;
}

ProvenanceReport read_signed(const SignatureReport& signature, const Digest& about) {
  ProvenanceReport report{.format = signature.format,
                          .location = signature.location,
                          .about = about,
                          .in_index = false,
                          .state = signature.state,
                          .signer = signature.signer,
                          .claimed_signer = signature.claimed_subject,
                          .reason = signature.reason,
                          .provenance = {}};
  if (signature.state != SignatureState::verified) {
    if (!signature.step.empty()) report.reason = signature.step + ": " + report.reason;
    return report;
  }
  const auto statement = in_toto::parse_statement(signature.statement);
  auto provenance = statement ? in_toto::read_provenance(*statement)
                              : Result<in_toto::Provenance>(std::unexpected(statement.error()));
  if (!provenance) {
    refuse(report, provenance.error());
  } else if (!is_about(*statement, about)) {
    refuse(report, SignatureState::invalid, "no subject of the statement is " + about.text());
  } else if (const std::string what = disagreement(*provenance, signature); !what.empty()) {
    refuse(report, SignatureState::invalid, what);
  } else {
    report.provenance = std::move(*provenance);
  }
  return report;
}

void take_signed(std::vector<image::SignatureSurvey> surveys, ProvenanceSurvey& out) {
  for (image::SignatureSurvey& survey : surveys) {
    std::ranges::move(survey.undetermined, std::back_inserter(out.undetermined));
    for (const SignatureReport& signature : survey.signatures) {
      if (concerns_provenance(signature)) out.reports.push_back(read_signed(signature, survey.subject));
    }
  }
}

std::vector<ProvenanceUnit> units_of(const Manifest& manifest, const std::vector<image::Platform>& platforms) {
  if (manifest.kind != Manifest::Kind::index) return {{"", manifest.digest}};
  std::vector<ProvenanceUnit> all, wanted;
  for (const Descriptor& child : manifest.manifests) {
    if (image::is_attestation(child)) continue;
    const bool known =
        std::ranges::any_of(all, [&](const ProvenanceUnit& unit) { return unit.digest == child.digest; });
    if (known) continue;
    all.push_back({child.platform ? child.platform->text() : "", child.digest});
    const auto satisfied = [&](const image::Platform& platform) {
      return !child.platform || child.platform->satisfies(platform);
    };
    if (std::ranges::any_of(platforms, satisfied)) wanted.push_back(all.back());
  }
  if (all.empty()) return {{"", manifest.digest}};
  return wanted.empty() ? all : wanted;
}

}  // namespace

Result<ProvenanceSurvey> survey_provenance(const image::Reference& image, const std::vector<image::Platform>& platforms,
                                           const std::function<bool(const image::Signer&)>& counts,
                                           image::Registry& registry, image::SignatureVerifier& verifier) {
  const std::vector<Reference> whole{image.by_digest(*image.digest())};
  const auto content = registry.manifests(whole);
  if (!content.front()) return while_doing("fetching the manifest of " + image.familiar(), content.front().error());
  const auto manifest = image::parse_manifest(content.front()->bytes, content.front()->served_type);
  if (!manifest) return while_doing("reading the manifest of " + image.familiar(), manifest.error());
  ProvenanceSurvey out;
  out.units = units_of(*manifest, platforms);
  if (manifest->kind == Manifest::Kind::index) IndexSearch(whole.front(), registry, out).run(*manifest);
  take_signed(verifier.survey(whole), out);
  const bool signed_as_a_whole = std::ranges::any_of(
      out.reports, [&](const ProvenanceReport& report) { return report.signer && counts(*report.signer); });
  if (!signed_as_a_whole && out.units.front().digest != *image.digest()) {
    std::vector<Reference> each;
    for (const ProvenanceUnit& unit : out.units) each.push_back(image.by_digest(unit.digest));
    take_signed(verifier.survey(each), out);
  }
  std::ranges::stable_sort(out.reports, {}, &ProvenanceReport::location);
  return out;
}

}  // namespace lock::trust
