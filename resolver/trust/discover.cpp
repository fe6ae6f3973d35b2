#include "resolver/trust/discover.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include "resolver/image/manifest.hpp"

namespace lock::trust {
namespace {

using image::Reference;

constexpr std::string_view kBundleType = "application/vnd.dev.sigstore.bundle";
constexpr std::size_t kLongestTag = 128;

// A manifest that may carry signatures: a referrer, or what a tag names.
struct Carrier {
  std::size_t subject = 0;
  std::string location;
  std::optional<Reference> reference;             // to be fetched, unless
  std::optional<image::ManifestContent> content;  // it came along
  std::string tag_suffix;                         // ".sig", ".att", empty for a referrer
};

class Search {
 public:
  Search(std::span<const Reference> subjects, image::Registry& registry)
      : subjects_(subjects), registry_(registry), found_(subjects.size()), listed_(subjects.size()) {}

  std::vector<Found> run() {
    ask_for_referrers();
    ask_for_tags();
    keep_listings();
    open_manifests();
    for (Found& found : found_) std::ranges::sort(found.candidates, {}, &Candidate::location);
    return std::move(found_);
  }

 private:
  void undetermined(std::size_t subject, std::string what, const Error& error) {
    found_[subject].undetermined.push_back(while_doing(std::move(what), error).error());
  }

  void ask_for_referrers() {
    const auto answers = registry_.referrers(subjects_);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (!answers[i]) {
        undetermined(i, "asking for the referrers", answers[i].error());
        continue;
      }
      if (answers[i]->unread) undetermined(i, "asking for the referrers", *answers[i]->unread);
      std::size_t taken = 0;
      for (const image::Descriptor& manifest : answers[i]->manifests) {
        if (taken++ == most_manifests) {
          undetermined(i, "reading the referrers",
                       fail(ErrorKind::limit, "there are more than " + std::to_string(most_manifests)).error());
          break;
        }
        add_referrer(i, manifest.digest);
      }
    }
  }

  void add_referrer(std::size_t subject, const image::Digest& manifest) {
    carriers_.push_back({subject, manifest.text(), subjects_[subject].by_digest(manifest), {}, ""});
    listed_[subject].push_back({"", manifest});
  }

  std::string companion_tag(std::size_t subject, const std::string& suffix) const {
    const image::Digest& digest = *subjects_[subject].digest();
    return std::string(digest.algorithm_name()) + "-" + std::string(digest.hex()) + suffix;
  }

  // "sha256-<hex>.sig"; a sha512 digest does not fit into a tag, so nothing can lie there.
  void ask_for_tags() {
    std::vector<Reference> tags;
    std::vector<Carrier> waiting;
    for (std::size_t i = 0; i < subjects_.size(); ++i) {
      for (const std::string suffix : {".sig", ".att"}) {
        const std::string tag = companion_tag(i, suffix);
        if (tag.size() > kLongestTag) continue;
        tags.emplace_back(subjects_[i].repository(), tag, std::nullopt);
        waiting.push_back({i, "tag " + tag, {}, {}, suffix});
      }
    }
    const auto answers = registry_.resolve(tags);
    for (std::size_t k = 0; k < answers.size(); ++k) {
      Carrier& carrier = waiting[k];
      if (!answers[k]) {
        if (answers[k].error().kind != ErrorKind::absent) {
          undetermined(carrier.subject, "asking for the " + carrier.location, answers[k].error());
        }
        continue;
      }
      listed_[carrier.subject].push_back({carrier.tag_suffix, answers[k]->digest});
      if (answers[k]->content) {
        carrier.content = image::ManifestContent{*answers[k]->content, answers[k]->media_type};
      } else {
        carrier.reference = subjects_[carrier.subject].by_digest(answers[k]->digest);
      }
      carriers_.push_back(std::move(carrier));
    }
  }

  // A listing that was seen whole is kept. Offline, one that was kept says what to verify again; that it is all there
  // is nobody knows, so the image stays undetermined beyond it.
  void keep_listings() {
    for (std::size_t i = 0; i < subjects_.size(); ++i) {
      if (found_[i].undetermined.empty()) {
        registry_.remember(subjects_[i], listed_[i]);
        continue;
      }
      if (!listed_[i].empty()) continue;
      std::vector<image::Attachment> recalled = registry_.recall(subjects_[i]);
      if (recalled.empty()) continue;
      if (recalled.size() > most_manifests) recalled.erase(recalled.begin() + most_manifests, recalled.end());
      for (const image::Attachment& one : recalled) add_recalled(i, one);
      found_[i].undetermined = {
          fail(ErrorKind::unreachable, "nobody was asked who else signed it, since this run is offline").error()};
    }
  }

  void add_recalled(std::size_t subject, const image::Attachment& one) {
    const bool referrer = one.tag_suffix.empty();
    if (!referrer && one.tag_suffix != ".sig" && one.tag_suffix != ".att") return;
    carriers_.push_back({subject,
                         referrer ? one.digest.text() : "tag " + companion_tag(subject, one.tag_suffix),
                         subjects_[subject].by_digest(one.digest),
                         {},
                         one.tag_suffix});
  }

  // A manifest's bytes are let go as soon as it is read.
  void open_manifests() {
    for (std::size_t begin = 0; begin < carriers_.size(); begin += manifests_at_once) {
      open_manifests(std::span(carriers_).subspan(begin, std::min(manifests_at_once, carriers_.size() - begin)));
    }
  }

  void open_manifests(std::span<Carrier> carriers) {
    std::vector<Reference> references;
    std::vector<Carrier*> waiting;
    for (Carrier& carrier : carriers) {
      if (!carrier.reference) continue;
      references.push_back(*carrier.reference);
      waiting.push_back(&carrier);
    }
    auto answers = registry_.manifests(references);
    for (std::size_t n = 0; n < answers.size(); ++n) {
      Carrier& carrier = *waiting[n];
      if (answers[n]) {
        carrier.content = std::move(*answers[n]);
      } else {
        undetermined(carrier.subject, "fetching the manifest " + carrier.location, answers[n].error());
      }
    }
    for (Carrier& carrier : carriers) {
      if (carrier.content) read_manifest(carrier);
      carrier.content.reset();
    }
  }

  void read_manifest(const Carrier& carrier) {
    const auto manifest = image::parse_manifest(carrier.content->bytes, carrier.content->served_type);
    if (!manifest) {
      undetermined(carrier.subject, "reading the manifest " + carrier.location, manifest.error());
      return;
    }
    if (carrier.tag_suffix.empty()) {
      read_referrer(carrier, *manifest);
    } else {
      read_tagged(carrier, *manifest);
    }
  }

  // cosign's BUNDLE_SPEC.md: one layer of the bundle's media type, and our digest as the subject. Other referrers
  // (SBOMs, signatures of other systems) are none of ours.
  void read_referrer(const Carrier& carrier, const image::Manifest& manifest) {
    if (manifest.layers.size() != 1 || !manifest.layers[0].media_type.starts_with(kBundleType)) return;
    if (!manifest.subject || manifest.subject->digest != *subjects_[carrier.subject].digest()) {
      found_[carrier.subject].foreign.push_back(carrier.location);
      return;
    }
    add_layer(carrier, Candidate::Form::bundle, carrier.location, manifest.layers[0]);
  }

  void read_tagged(const Carrier& carrier, const image::Manifest& manifest) {
    const bool signatures = carrier.tag_suffix == ".sig";
    const auto form = signatures ? Candidate::Form::signature_layer : Candidate::Form::attestation_layer;
    const auto wanted = signatures ? sigstore::simple_signing_media_type : sigstore::envelope_media_type;
    if (manifest.kind != image::Manifest::Kind::image) {
      undetermined(carrier.subject, "reading the manifest " + carrier.location,
                   fail(ErrorKind::unsupported, "it is an index, not a manifest with signatures").error());
      return;
    }
    std::size_t taken = 0;
    for (const image::Descriptor& layer : manifest.layers) {
      if (layer.media_type != wanted) continue;
      if (taken++ == most_layers) {
        undetermined(carrier.subject, "reading the manifest " + carrier.location,
                     fail(ErrorKind::limit, "it has more than " + std::to_string(most_layers) + " signatures").error());
        return;
      }
      // The same payload may be signed by several: the position tells the layers apart.
      add_layer(carrier, form, carrier.location + " layer " + std::to_string(taken), layer);
    }
  }

  // Payloads in simple signing are small; envelopes and bundles may carry whole documents.
  void add_layer(const Carrier& carrier, Candidate::Form form, std::string location, const image::Descriptor& layer) {
    const bool payload = form == Candidate::Form::signature_layer;
    Candidate candidate{form,
                        std::move(location),
                        {},
                        {subjects_[carrier.subject].by_digest(layer.digest), layer.size,
                         payload ? most_payload_bytes : most_envelope_bytes, carrier.subject}};
    if (form != Candidate::Form::bundle) candidate.annotations = layer.annotations;
    found_[carrier.subject].candidates.push_back(std::move(candidate));
  }

  std::span<const Reference> subjects_;
  image::Registry& registry_;
  std::vector<Found> found_;
  std::vector<std::vector<image::Attachment>> listed_;  // by subject
  std::vector<Carrier> carriers_;
};

}  // namespace

std::vector<Found> discover(std::span<const image::Reference> subjects, image::Registry& registry) {
  return Search(subjects, registry).run();
}

std::vector<std::vector<Result<image::VerifiedBytes>>> fetch_candidates(std::span<const Found> images,
                                                                        image::Registry& registry) {
  std::vector<Document> documents;
  for (const Found& image : images) {
    for (const Candidate& candidate : image.candidates) documents.push_back(candidate.document);
  }
  auto answers = fetch_documents(documents, registry);
  std::vector<std::vector<Result<image::VerifiedBytes>>> out;
  auto next = answers.begin();
  for (const Found& image : images) {
    const auto end = next + static_cast<std::ptrdiff_t>(image.candidates.size());
    out.emplace_back(std::make_move_iterator(next), std::make_move_iterator(end));
    next = end;
  }
  return out;
}

}  // namespace lock::trust
