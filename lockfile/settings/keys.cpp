#include "lockfile/settings/keys.hpp"

#include <algorithm>
#include <array>

namespace lock::settings {
namespace {

constexpr auto kAccept = std::to_array<Key>({
    {"check", Shape::text, true, "Id of the check whose findings are accepted"},
    {"files", Shape::texts, false, "Globs of files, relative to this file; default: all"},
    {"images", Shape::texts, false,
     "Globs of canonical image names, with a tag only where they hold a ':'; default: all"},
    {"reason", Shape::text, true, "Why; shown wherever the exception is used"},
    {"until", Shape::date, false, "Last day (UTC) on which the exception holds"},
});

constexpr auto kCollect = std::to_array<Key>({
    {"files", Shape::texts, true, "Globs of files, relative to this file"},
    {"pattern", Shape::text, true,
     "RE2 regular expression with a group named `image`, and `tag` and `digest` where these stand apart from it"},
});

constexpr auto kEnforce = std::to_array<Key>({
    {"by", Shape::enforcement, true, "What puts the locked digests in force"},
    {"files", Shape::texts, true, "Globs of files, relative to this file"},
});

constexpr auto kFirstParty = std::to_array<Key>({
    {"images", Shape::texts, true, "Globs of canonical names of images that this repository builds"},
});

constexpr auto kIgnore = std::to_array<Key>({
    {"files", Shape::texts, false, "Globs of files, relative to this file"},
    {"images", Shape::texts, false, "Globs of canonical image names, with a tag only where they hold a ':'"},
    {"reason", Shape::text, true, "Why; shown wherever something is left out"},
});

constexpr auto kMirror = std::to_array<Key>({
    {"authoritative", Shape::boolean, false, "Its word that a digest is gone counts"},
    {"host", Shape::text, true, "host[:port][/prefix]"},
    {"resolve", Shape::boolean, false, "It may say what a tag is; else it serves digests only"},
});

constexpr auto kPlatforms = std::to_array<Key>({
    {"platforms", Shape::texts, false, "Platforms that this repository uses, as in linux/arm64"},
});

constexpr auto kRegistry = std::to_array<Key>({
    {"ca", Shape::text, false, "PEM file with the certificate authorities of the registry"},
    {"client-certificate", Shape::text, false, "PEM file with the certificate that is shown to it"},
    {"client-key", Shape::text, false, "PEM file with the key of `client-certificate`"},
    {"connections", Shape::count, false, "Requests at once over HTTP/1.1; default: 8"},
    {"layout", Shape::text, false,
     "OCI image layout (a folder, or a tar archive as docker save writes it) that stands in for the registry"},
    {"mirrors", Shape::mirrors, false, "Hosts that serve its digests, asked in this order"},
    {"plain-http", Shape::boolean, false, "Speak HTTP without TLS to it"},
    {"realm-host", Shape::text, false,
     "host[:port] that alone is asked for its tokens; default: where it sends for them"},
    {"requests-per-second", Shape::count, false, "No more requests than so many; default: no limit"},
    {"streams", Shape::count, false, "Requests at once over HTTP/2; default: 100"},
});

constexpr auto kRule = std::to_array<Key>({
    {"any-of", Shape::texts, false, "Names of signers, one of whom must have signed, or `threshold` of them"},
    {"images", Shape::texts, true,
     "Globs of canonical image names, with a tag only where they hold a ':'; all rules that match hold"},
    {"signers", Shape::texts, false, "Names of signers, all of whom must have signed"},
    {"threshold", Shape::count, false, "How many distinct signers of `any-of` must have signed; default: 1"},
});

constexpr auto kSigner = std::to_array<Key>({
    {"issuer", Shape::text, false, "sigstore: the OIDC issuer, exactly"},
    {"key", Shape::text, false, "cosign-key: a PEM file with the public key, or the PEM text itself"},
    {"kind", Shape::signer_kind, true, "How the signer signs: \"sigstore\" (keyless) or \"cosign-key\""},
    {"log", Shape::boolean, false, "cosign-key: a transparency log must have recorded the signature"},
    {"subject", Shape::text, false, "sigstore: glob of the certificate's subject; * stops at /, ** does not"},
    {"trusted-root", Shape::text, false,
     "File with the trusted root of a private instance; default: the built-in one of Sigstore's public-good instance"},
});

constexpr auto kSections = std::to_array<Section>({
    {"accept", Form::tables, kAccept, "Exceptions to checks"},
    {"checks", Form::checks, {}, "Severities of checks: \"error\", \"warning\" or \"note\""},
    {"collect", Form::tables, kCollect, "Images in files that no built-in collector reads"},
    {"enforce", Form::tables, kEnforce, "Files whose images are pulled by locked digest though they name a tag"},
    {"first-party", Form::tables, kFirstParty, "Images that this repository builds"},
    {"ignore", Form::tables, kIgnore, "Places that are left out, visibly counted"},
    {"platforms", Form::value, kPlatforms, "Platforms that this repository uses"},
    {"registry", Form::named_tables, kRegistry, "How a registry is reached", "\"docker.io\""},
    {"rule", Form::tables, kRule, "Who must have signed which images"},
    {"signer", Form::named_tables, kSigner, "Identities that rules may ask for and that images.lock records",
     "acme-release"},
});

}  // namespace

std::span<const Section> sections() { return kSections; }

const Section* find_section(std::string_view name) {
  const auto at = std::ranges::find(kSections, name, &Section::name);
  return at == kSections.end() ? nullptr : &*at;
}

std::span<const Key> mirror_keys() { return kMirror; }

}  // namespace lock::settings
