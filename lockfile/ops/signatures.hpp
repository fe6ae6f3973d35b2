// What a survey of an image's signatures means for those who must have signed it: the signers that the lock recorded,
// and those that a [[rule]] asks for. Pure: a survey in, objections out; `lock update` and `lock verify` word and place
// them in the same way.
//
// Five answers are kept apart. A signer that is missing is *lost*, *changed* or *missing* only when everything was
// read; a signature that may be the missing one makes it *invalid*, *untrusted* or *unsupported* instead; and what
// could not be read leaves it undetermined. A signature that nobody needs is still shown, more mildly.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lockfile/policy/policy.hpp"
#include "resolver/image/finding.hpp"
#include "resolver/image/reference.hpp"
#include "resolver/image/signature.hpp"

namespace lock::ops {

struct Objection {
  image::Finding finding;  // check, severity, message, hint, reference, digest, expected, actual; not judged, no place
  std::string cause;       // not empty: undetermined, and this is why
  // The check that says somebody is missing, where `finding` names what lies there instead. Empty: there is no other.
  std::string absence = {};
};

// Names the stricter of the two checks. Whoever may write beside an image chooses what lies there: silencing a check
// about that must not silence that somebody is missing. Before the finding is judged, with its place.
void settle_check(Objection& objection, const policy::Policy& policy, std::chrono::sys_days today);

// Who verifiably signed the image as such; sorted, each once. Attestations about it do not count.
[[nodiscard]] std::vector<image::Signer> signers_in(const image::SignatureSurvey& survey);

// Whether all that was found could be judged: every place was read, every signature verified or refused for a reason.
[[nodiscard]] bool is_complete(const image::SignatureSurvey& survey);

// Asks about many images in batches, so that all that lies beside them is never held at once. `take` gets each survey
// once, in order, without the statements of provenance.
void survey_each(image::SignatureVerifier& verifier, std::span<const image::Reference> images,
                 const std::function<void(std::size_t, image::SignatureSurvey)>& take);

// One image and what was found about it.
struct Surveyed {
  image::Reference image;  // the entry's key, for messages
  const image::SignatureSurvey* survey;
};

// One objection for each of `held` that nobody continues.
[[nodiscard]] std::vector<Objection> missing_of(const Surveyed& image, std::span<const image::Signer> held);

// One for each rule that is not met.
[[nodiscard]] std::vector<Objection> unmet_rules(const Surveyed& image, const policy::Policy& policy);

// Signatures that count for nobody, each by itself, as warnings and notes: what is missing says the same louder.
[[nodiscard]] std::vector<Objection> beside(const Surveyed& image);

// Undetermined, when not all that may be there could be read and judged.
[[nodiscard]] std::optional<Objection> unread_of(const Surveyed& image);

// The note `signer-new` for each signer that is not in `recorded`.
[[nodiscard]] std::vector<Objection> new_signers(const Surveyed& image, std::span<const image::Signer> recorded);

}  // namespace lock::ops
